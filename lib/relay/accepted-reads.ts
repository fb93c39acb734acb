/**
 * AcceptedReads: gives a socket that was accepted what `onread` gives to one that connects: a read buffer of our own.
 *
 * Node has no public way to that, so this sets what its own constructor sets (lib/net.js initSocketHandle, the same in
 * Node 12 to 26), and believes in it only after it was seen to work in this very process: `test` sends bytes and an end
 * through a connection to itself. Where that fails, or was not tried yet, sockets are read by `'data'`, which is public.
 *
 * Measured with requests on kept connections: `'data'` costs a new buffer of 64 KiB for each read.
 */
import { once } from 'node:events'
import type { AddressInfo, OnReadOpts, Server } from 'node:net'
import { connect, createServer, Socket } from 'node:net'
import { prepareLeg } from './leg.ts'

/** What Node's own constructor writes; its types leave it out. */
type Internals = Record<symbol, unknown> & {
  readonly _handle: { useUserBuffer(buffer: Uint8Array): void } | null
}

/** `OnReadOpts` with a generator of buffers. */
interface Reads {
  readonly buffer: () => Uint8Array
  readonly callback: (length: number, buffer: Uint8Array) => boolean
}

const names = ['kBuffer', 'kBufferGen', 'kBufferCb'] as const

export class AcceptedReads {
  readonly #onread: OnReadOpts
  readonly #symbols: readonly symbol[]
  #isProven = false

  constructor(onread: OnReadOpts) {
    this.#onread = onread
    const known = Object.getOwnPropertySymbols(new Socket())
    this.#symbols = names.flatMap((name) => known.filter(({ description }) => description === name))
  }

  /** Whether sockets may be read so: what the last `test` has said. */
  get isProven(): boolean {
    return this.#isProven
  }

  /** Makes an accepted socket that is paused and was never read read so. Only where `isProven`. */
  begin(socket: Socket): void {
    beginReads(socket, this.#symbols, this.#onread)
  }

  /** Whether this Node does what is expected of it. Opens a port on the loopback address for some milliseconds. */
  async test(): Promise<boolean> {
    this.#isProven = this.#symbols.length === names.length && (await passesTest(this.#symbols))
    return this.#isProven
  }
}

function beginReads(socket: Socket, symbols: readonly symbol[], onread: OnReadOpts): void {
  const [buffer, generator, callback] = symbols as [symbol, symbol, symbol]
  const internals = socket as unknown as Internals
  const reads = onread as Reads
  const memory = reads.buffer()
  internals[buffer] = memory
  internals[generator] = reads.buffer
  internals[callback] = reads.callback
  internals._handle?.useUserBuffer(memory)
}

/** More than one read of the buffer in the test. */
const payload = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251))

async function passesTest(symbols: readonly symbol[]): Promise<boolean> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, highWaterMark: 1 })
  const sockets: Socket[] = []
  const ends = new AbortController()
  const timer = setTimeout(() => ends.abort(), 1000)
  // No loopback, no descriptor, another Node: it does not work here, whatever the reason.
  const passes = await exchange({ server, sockets, symbols, signal: ends.signal }).catch(
    () => false,
  )
  clearTimeout(timer)
  for (const socket of sockets) socket.destroy()
  server.close()
  return passes
}

async function exchange(options: {
  readonly server: Server
  readonly sockets: Socket[]
  readonly symbols: readonly symbol[]
  readonly signal: AbortSignal
}): Promise<boolean> {
  const { server, sockets, symbols, signal } = options
  server.listen({ host: '127.0.0.1', port: 0, exclusive: true })
  await once(server, 'listening', { signal })
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  // Legs, both of them: see there why sockets of another shape are one shape too many.
  prepareLeg(client)
  client.on('error', () => {})
  sockets.push(client)
  const [accepted] = (await once(server, 'connection', { signal })) as [Socket]
  sockets.push(accepted)
  prepareLeg(accepted)
  accepted.on('error', () => {})
  const memory = [Buffer.alloc(64), Buffer.alloc(128)] as const
  const expected: Buffer[] = []
  const used: Uint8Array[] = []
  const chunks: Buffer[] = []
  // Each of the two buffers in its turn, and a pause after each second read: all that legs do.
  beginReads(accepted, symbols, {
    buffer: () => {
      const next = memory[chunks.length % 2] as Buffer
      expected.push(next)
      return next
    },
    callback: (length, buffer) => {
      used.push(buffer)
      chunks.push(Buffer.from(buffer.subarray(0, length)))
      if (chunks.length % 2 === 1) return true
      setImmediate(() => accepted.resume())
      return false
    },
  })
  accepted.resume()
  client.end(payload)
  await once(accepted, 'end', { signal })
  const isInTurn = used.every((buffer, index) => buffer === expected[index])
  return isInTurn && Buffer.concat(chunks).equals(payload)
}
