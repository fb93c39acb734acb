/**
 * Asks the admin surface of a running daemon.
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
  const { kind, items } = await fetchAnswer(server, path)
  if (kind === 'List' && Array.isArray(items)) return items
  throw stranger(server)
}

/**
 * The JSON object that `GET /<path>` answers with. One with an `error` says why there is no other.
 *
 * @throws {CommandError} where nobody answers, or somebody else
 */
export async function fetchAnswer(
  server: Server,
  path: string,
): Promise<Readonly<Record<string, unknown>>> {
  const where = formatHostPort(server.address, server.port)
  const body = await fetchText(server, path).catch((cause: NodeJS.ErrnoException) => {
    throw new CommandError(`no daemon answers on ${where} (${cause.code ?? cause.message})`, {
      exitCode: 1,
      hint: 'userspace-proxy run --manifests PATH',
      cause,
    })
  })
  const answer = objectOf(body)
  if (answer === undefined) throw stranger(server)
  return answer
}

/** The error for one who answers and is not our daemon. */
export function stranger(server: Server): CommandError {
  const where = formatHostPort(server.address, server.port)
  return new CommandError(`what answers on ${where} is no userspace-proxy`, {
    exitCode: 1,
    hint: '--server with the address that the daemon printed when it started',
  })
}

/** Where our daemon says that a question was wrong. */
const readStatuses: ReadonlySet<number | undefined> = new Set([200, 400, 404])

async function fetchText({ address, port }: Server, path: string): Promise<string> {
  const options = { host: address, port, path: `/${path}`, agent: false, timeout: timeoutMs }
  return new Promise((resolve, reject) => {
    const request = get(options, (response) => {
      const isRead = readStatuses.has(response.statusCode)
      resolve(isRead ? text(response) : '')
      if (!isRead) response.destroy()
    })
    request.on('error', reject)
    request.on('timeout', () =>
      request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)),
    )
  })
}

function objectOf(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
