/**
 * Leg: one of the two sockets of a connection, and what Node's socket lacks for a relay.
 *
 * When a peer answers and then resets (a server that refuses an upload), the reset may first be noticed by a write. Node
 * then destroys the socket, and with it the answer that the kernel has acknowledged and holds for us. A leg goes on
 * reading instead, and fails when all of it was read. Measured with uploads that are refused: 24 of 200 answers
 * arrived whole without this, all of them with it.
 */
import { Socket } from 'node:net'
import { readEnd } from './read-end.ts'

/** From a socket back to its connection: one property instead of a closure for each event. */
export const connectionOf = Symbol('connectionOf')

const brokenBy = Symbol('brokenBy')
const written = Symbol('written')

type Written = (error?: Error | null) => void

/** What the two legs tell their connection. */
export interface LegEvents {
  connected(): void
  fromClient(chunk: Buffer): void
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
  /** Why nothing can be written any more. */
  [brokenBy]?: Error
  /** Node's callback for the write that is under way. */
  [written]?: Written
}

/** Prepares a socket to be a leg. */
export function prepareLeg(leg: Leg): void {
  readEnd(leg)
  leg._write = (chunk: Buffer, encoding: BufferEncoding, done: Written) => {
    leg[written] = done
    Socket.prototype._write.call(leg, chunk, encoding, onWritten)
  }
  // One function for each leg, not for each write: a leg has one write under way at most.
  const onWritten: Written = (error) => {
    // Not told as done, so that Node asks for no other write: what comes now only waits for the end.
    if (error && !leg.readableEnded) leg[brokenBy] = error
    else (leg[written] as Written)(error)
  }
}

/** To be asked at a leg's 'end': whether it is the end of a broken leg, which then fails with what broke it. */
export function failsAtEnd(leg: Leg): boolean {
  const error = leg[brokenBy]
  if (error === undefined) return false
  leg.destroy(error)
  return true
}
