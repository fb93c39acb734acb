/**
 * The pods of `hello`: three tiny HTTP servers and three UDP servers on loopback, each of which says its name.
 */
import { createSocket } from 'node:dgram'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Backend {
  /** The name it says. */
  pod: string
  readonly port: number
  close(): Promise<void>
}

export const backendAddress = '127.0.0.1'

/** Starts so many, and names them in the order in which round robin goes: that of their addresses, as text. */
export async function startPods(count: number, start: () => Promise<Backend>): Promise<Backend[]> {
  const pods = await Promise.all(Array.from({ length: count }, start))
  pods.sort((a, b) => (String(a.port) < String(b.port) ? -1 : 1))
  for (const [index, backend] of pods.entries()) backend.pod = `pod-${index + 1}`
  return pods
}

/** Answers `pod-1 says hello: you asked for /, through default/web`. */
export async function startHttpBackend(): Promise<Backend> {
  const server = createServer(({ url }, response) => {
    // A connection for each request: on one that is kept, a browser would talk to one pod for ever.
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
    response.end(`${backend.pod} says hello: you asked for ${url}, through default/web\n`)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: backendAddress, port: 0 }, resolve)
  })
  const backend: Backend = {
    pod: '',
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return backend
}

/** Answers `pod-1 says hello: you sent "hi", through default/echo`. */
export async function startUdpBackend(): Promise<Backend> {
  const socket = createSocket('udp4')
  socket.on('message', (message, { address, port }) => {
    const heard = JSON.stringify(message.toString().trimEnd())
    socket.send(
      `${backend.pod} says hello: you sent ${heard}, through default/echo\n`,
      port,
      address,
    )
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind({ address: backendAddress, port: 0 }, resolve)
  })
  // An answer that cannot be sent (a datagram that was too large, a client that is gone) is no end of the lesson.
  socket.on('error', () => {})
  const backend: Backend = {
    pod: '',
    port: socket.address().port,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  }
  return backend
}
