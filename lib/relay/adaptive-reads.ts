/**
 * adaptiveReads: how endpoint legs read: into a buffer of each leg's own, as large as its last reads were.
 */
import type { OnReadOpts } from 'node:net'
import type { Leg, LegEvents } from './leg.ts'
import { connectionOf } from './leg.ts'

/**
 * Sizes of a read buffer. The first is enough for interactive traffic; the last is for bulk: fewer turns through JavaScript
 * for each byte. A buffer follows the size of the last read. A connection that falls silent right after bulk keeps a large
 * one until its next read: Node has no public way to take it back before.
 */
const readSizes = [8 * 1024, 64 * 1024, 256 * 1024] as const
const largest = readSizes[2]

/** Of the smallest buffer that the last read would not have filled. */
function readSizeAfter(length: number): number {
  return readSizes.find((size) => length < size) ?? largest
}

/**
 * Reads of an endpoint leg go into one buffer of its own, which changes its size with them: no allocation for each
 * read. `node:net` asks `buffer` once when the socket is made and again after every callback, in the same turn.
 */
export function adaptiveReads(): OnReadOpts {
  let resized: Buffer | undefined
  let isAfterRead = false
  return {
    buffer: () => {
      const next = resized ?? (isAfterRead ? keepBuffer : Buffer.allocUnsafeSlow(readSizes[0]))
      resized = undefined
      isAfterRead = false
      return next
    },
    callback(this: Leg, length: number, buffer: Uint8Array): boolean {
      const connection = this[connectionOf] as LegEvents
      const goesOn = connection.fromEndpoint(buffer.subarray(0, length) as Buffer)
      isAfterRead = true
      // While the kernel still holds a part of it (not `goesOn`) nothing is read, and the buffer stays.
      const size = readSizeAfter(length)
      if (goesOn && size !== buffer.length) resized = Buffer.allocUnsafeSlow(size)
      return goesOn
    },
  }
}

// lib/internal/stream_base_commons.js (Node 22 to 26): what is no Uint8Array leaves the buffer as it is.
const keepBuffer = undefined as unknown as Buffer
