/**
 * Asks the admin surface of a running daemon for a list.
 *
 * Plain `http.get` and not `fetch`, which refuses some ports that an admin surface may well have (10080, 6000).
 */
import { get } from 'node:http'
import { text } from 'node:stream/consumers'
import { formatHostPort } from '../../lib/index.ts'
import { CommandError } from '../command-error.ts'

/** A daemon that does not answer for so long, in ms, has something else to do than to be watched. */
const timeoutMs = 5000

export interface Server {
  readonly address: string
  readonly port: number
}

/** Codes of one who is not there, or goes; one who does not answer in time may be there still. */
const goneCodes: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ECONNRESET'])

/** Whether `error`, of `fetchItems`, means that no daemon is there (any more). */
export function isGone(error: unknown): boolean {
  const { cause } = error as { cause?: NodeJS.ErrnoException }
  return goneCodes.has(cause?.code)
}

/** The items of `GET /<path>`. @throws {CommandError} where nobody answers, or somebody else */
export async function fetchItems(server: Server, path: string): Promise<unknown[]> {
  const where = formatHostPort(server.address, server.port)
  const body = await fetchText(server, path).catch((cause: NodeJS.ErrnoException) => {
    throw new CommandError(`no daemon answers on ${where} (${cause.code ?? cause.message})`, {
      exitCode: 1,
      hint: 'userspace-proxy run --manifests PATH',
      cause,
    })
  })
  const items = itemsOf(body)
  if (items !== undefined) return items
  throw new CommandError(`what answers on ${where} is no userspace-proxy`, {
    exitCode: 1,
    hint: '--server with the address that the daemon printed when it started',
  })
}

async function fetchText({ address, port }: Server, path: string): Promise<string> {
  const options = { host: address, port, path: `/${path}`, agent: false, timeout: timeoutMs }
  return new Promise((resolve, reject) => {
    const request = get(options, (response) => {
      // One who answers something else is not read; its status is in no List.
      resolve(response.statusCode === 200 ? text(response) : '')
      if (response.statusCode !== 200) response.destroy()
    })
    request.on('error', reject)
    request.on('timeout', () =>
      request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)),
    )
  })
}

function itemsOf(body: string): unknown[] | undefined {
  try {
    const { kind, items } = JSON.parse(body) as { kind?: unknown; items?: unknown }
    return kind === 'List' && Array.isArray(items) ? items : undefined
  } catch {
    return undefined
  }
}
