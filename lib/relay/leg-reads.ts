/**
 * legReads: how legs read: each into a buffer of its own, as large as its last reads were.
 *
 * `node:net` offers that for sockets that connect (`onread`). For those that were accepted there is only `'data'`, with
 * 64 KiB of new memory for each read; see `AcceptedReads` for what can be had without a promise of Node's.
 */
import type { OnReadOpts } from 'node:net'
import type { Leg, LegEvents } from './leg.ts'
import { connectionOf, readBuffer } from './leg.ts'
import { largestRead, ReadBuffers } from './read-buffers.ts'
import { Turns } from './turns.ts'

export interface LegReads {
  /** Of the legs that connect. */
  readonly endpoint: OnReadOpts
  /** Of the legs that were accepted. */
  readonly client: OnReadOpts
  /** For legs that are read by `'data'`: passes on a chunk, and pauses the leg where it must not be read further now. */
  readonly onData: (this: Leg, chunk: Buffer) => void
  /** Notes that the buffer which was asked for last is this leg's. */
  begin(leg: Leg): void
  /** Takes back a leg's buffer, when the other leg writes nothing of it any more. */
  end(leg: Leg): void
}

/** What Node reads at once for `'data'` (lib/internal/stream_base_commons.js; libuv suggests it), in bytes. */
const largestData = 65_536

/** Passes on what was read. Returns whether the leg may be read further. */
type PassOn = (connection: LegEvents, chunk: Buffer) => boolean

export function legReads(): LegReads {
  const buffers = new ReadBuffers()
  const turns = new Turns()
  let taken: Buffer | undefined
  let next: Buffer | undefined

  const hasTurn = (leg: Leg, length: number, most: number): boolean => {
    if (length < most) return true
    turns.wait(leg)
    return false
  }

  // `node:net` asks for a buffer once when the socket is made and again after every callback, in the same turn.
  const reads = (passOn: PassOn): OnReadOpts => ({
    buffer: () => {
      const buffer = next ?? (taken = buffers.take())
      next = undefined
      return buffer
    },
    callback(this: Leg, length: number, memory: Uint8Array): boolean {
      const buffer = memory as Buffer
      const goesOn = passOn(this[connectionOf] as LegEvents, buffer.subarray(0, length))
      // While the kernel still holds a part of it nothing is read, and the buffer stays.
      next = goesOn ? buffers.next(buffer, length) : buffer
      this[readBuffer] = next
      return goesOn && hasTurn(this, length, largestRead)
    },
  })

  return {
    endpoint: reads((connection, chunk) => connection.fromEndpoint(chunk)),
    client: reads((connection, chunk) => connection.fromClient(chunk)),
    onData(this: Leg, chunk: Buffer): void {
      const goesOn = (this[connectionOf] as LegEvents).fromClient(chunk)
      if (!goesOn || !hasTurn(this, chunk.length, largestData)) this.pause()
    },
    begin: (leg) => {
      leg[readBuffer] = taken
      taken = undefined
    },
    end: (leg) => {
      const buffer = leg[readBuffer]
      if (buffer === undefined) return
      leg[readBuffer] = undefined
      buffers.give(buffer)
    },
  }
}
