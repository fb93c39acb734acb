/**
 * startPodServer: what runs in a pod of the lab. It says who it is and whom it sees as its client, over HTTP and UDP.
 */
import { createSocket } from 'node:dgram'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { PodName } from './lab.ts'

export interface PodServerOptions {
  readonly name: PodName
  readonly address: string
  /** For TCP and UDP. 0: any that is free for both. */
  readonly port: number
}

export interface PodServer {
  readonly port: number
  /** Ends it, and all its connections, as the end of its process would. Idempotent. */
  close(): Promise<void>
}

/**
 * Answers `pod-2 sees 10.244.10.2` to every path, and to every datagram; `/bulk` sends zeros without end, or as many as
 * `/bulk?bytes=` says.
 *
 * @throws {Error} Node's own, where the address or port cannot be had
 */
export async function startPodServer(options: PodServerOptions): Promise<PodServer> {
  // A port that is free for TCP may be taken for UDP.
  for (let left = options.port === 0 ? attempts : 1; left > 1; left--) {
    const server = await tryToStart(options).catch(() => undefined)
    if (server !== undefined) return server
  }
  return tryToStart(options)
}

const attempts = 10

async function tryToStart({ name, address, port }: PodServerOptions): Promise<PodServer> {
  const server = createServer((request, response) => answer(name, request, response))
  // Whoever holds a connection holds it for as long as it likes.
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: address, port, backlog: 4096 }, resolve)
  })
  const bound = (server.address() as AddressInfo).port
  try {
    const udp = await startUdp(name, address, bound)
    let closed: Promise<unknown> | undefined
    return {
      port: bound,
      async close() {
        closed ??= Promise.all([closeHttp(server), udp.close()])
        await closed
      },
    }
  } catch (error) {
    await closeHttp(server)
    throw error
  }
}

function answer(name: PodName, request: IncomingMessage, response: ServerResponse): void {
  const client = String(request.socket.remoteAddress)
  const headers = { 'content-type': 'text/plain', 'x-pod': name, 'x-client': client }
  const { pathname, searchParams } = new URL(String(request.url), 'http://pod')
  if (pathname !== '/bulk') {
    const body = `${name} sees ${client}\n`
    response.writeHead(200, { ...headers, 'content-length': body.length }).end(body)
    return
  }
  response.writeHead(200, headers)
  const bytes = Number(searchParams.get('bytes') ?? Number.POSITIVE_INFINITY)
  // The client may go in the middle of it: that is how it ends.
  pipeline(Readable.from(zeros(bytes), { objectMode: false }), response).catch(() => {})
}

const chunk = new Uint8Array(65_536)

function* zeros(bytes: number): Generator<Uint8Array> {
  for (let left = bytes; left > 0; left -= chunk.length) {
    yield left < chunk.length ? chunk.subarray(0, left) : chunk
  }
}

async function closeHttp(server: Server): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  })
}

async function startUdp(name: PodName, address: string, port: number) {
  const socket = createSocket('udp4')
  socket.on('message', (_, client) => {
    socket.send(`${name} sees ${client.address}\n`, client.port, client.address)
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind({ address, port }, resolve)
  })
  // An answer to a client that is gone.
  socket.removeAllListeners('error').on('error', () => {})
  return { close: () => new Promise<void>((resolve) => socket.close(() => resolve())) }
}
