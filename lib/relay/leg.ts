/**
 * Leg: one of the two sockets of a connection, what it knows of it, and what Node's socket lacks for a relay.
 *
 * When a peer answers and then resets (a server that refuses an upload), the reset may first be noticed by a write. Node
 * then destroys the socket, and with it the answer that the kernel has acknowledged and holds for us. A leg goes on
 * reading instead, and fails when all of it was read. Measured with uploads that are refused: 24 of 200 answers
 * arrived whole without this, all of them with it.
 */
import { Socket } from 'node:net'
import { readEnd } from './read-end.ts'
import type { Wait } from './timeout-queue.ts'

/** From a socket back to its connection: one property instead of a closure for each event. */
export const connectionOf = Symbol('connectionOf')

/** The buffer it reads into; see `LegReads`. */
export const readBuffer = Symbol('readBuffer')

/** Its wait while it holds bytes that the kernel does not take. */
export const stall = Symbol('stall')

const brokenBy = Symbol('brokenBy')
const done = Symbol('done')
const onWritten = Symbol('onWritten')

type Written = (error?: Error | null) => void

/** What the two legs tell their connection. */
export interface LegEvents {
  connected(): void
  /** Returns whether the client may be read further. */
  fromClient(chunk: Buffer): boolean
  /** Returns whether the endpoint may be read further. */
  fromEndpoint(chunk: Buffer): boolean
  clientDrained(): void
  endpointDrained(): void
  clientEnded(): void
  endpointEnded(): void
  clientFailed(): void
  endpointFailed(error: NodeJS.ErrnoException): void
  stallTimedOut(leg: Leg): void
  legClosed(): void
}

export type Leg = Socket & {
  [connectionOf]?: LegEvents | undefined
  [readBuffer]?: Buffer | undefined
  [stall]?: Wait<Leg> | undefined
  /** Why nothing can be written any more. */
  [brokenBy]?: Error | undefined
  /** Node's callback for the write that is under way: there is one at most. */
  [done]?: Written | undefined
  /** What is told to Node instead: one function for each leg, not for each write. */
  [onWritten]?: Written | undefined
}

/**
 * Prepares a socket to be a leg.
 *
 * It gets all it may ever have at once, also what Node gives to some sockets only: a property that comes later makes of it
 * an object of another shape, and what Node does with every socket is fast only for the first four shapes that it meets.
 * All legs have one. Sockets of the HTTP servers have two, the first only while they are made, and requests one.
 */
export function prepareLeg(leg: Leg): void {
  const internals = leg as unknown as Record<string | symbol, unknown>
  // Added when `remoteAddress` is first read, which is before this where it was accepted.
  internals['_peername'] ??= undefined
  readEnd(leg)
  leg._write = write
  leg[connectionOf] = undefined
  leg[readBuffer] = undefined
  leg[stall] = undefined
  leg[brokenBy] = undefined
  leg[done] = undefined
  leg[onWritten] = undefined
  internals['resetAndClosing'] = false // by `resetAndDestroy`
  if (keepAliveInterval !== undefined) internals[keepAliveInterval] = undefined
  if (keepAliveCount !== undefined) internals[keepAliveCount] = undefined
}

/** What `setKeepAlive` adds to a socket: two properties in Node 26, none before. */
const [keepAliveInterval, keepAliveCount] = keepAliveProperties()

function keepAliveProperties(): symbol[] {
  const socket = new Socket()
  const before = Object.getOwnPropertySymbols(socket)
  socket.setKeepAlive(false)
  return Object.getOwnPropertySymbols(socket).filter((symbol) => !before.includes(symbol))
}

/** To be asked at a leg's 'end': whether it is the end of a broken leg, which then fails with what broke it. */
export function failsAtEnd(leg: Leg): boolean {
  const error = leg[brokenBy]
  if (error === undefined) return false
  leg.destroy(error)
  return true
}

function write(this: Leg, chunk: Buffer, encoding: BufferEncoding, callback: Written): void {
  this[done] = callback
  // Made by another function: a function literal on the right of an assignment to a property is old at birth in V8
  // (`CheckAssigningFunctionLiteralToProperty` in its parser), and what it knows of then outlives young collections.
  this[onWritten] ??= tellWritten(this)
  Socket.prototype._write.call(this, chunk, encoding, this[onWritten])
}

function tellWritten(leg: Leg): Written {
  return (error) => {
    // Not told as done, so that Node asks for no other write: what comes now only waits for the end.
    if (error && !leg.readableEnded) leg[brokenBy] = error
    else (leg[done] as Written)(error)
  }
}
