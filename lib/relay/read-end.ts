/**
 * readEnd: an end that a socket reports is one that was read, not one that was guessed.
 *
 * libuv before 1.52.0 (Node 22, and the first of Node 24) saves a read: where the kernel reports a hang-up and a read
 * did not fill its buffer, it reports an end without asking. But a reset is a hang-up too. An answer that is cut off by a
 * reset then looks like one that is complete, and a relay would pass it on as such.
 *
 * @see https://github.com/libuv/libuv/pull/4997 which took the guess out.
 */
import { Socket } from 'node:net'

/** The versions of libuv that guess. */
const guessing = /^1\.(\d|[1-4]\d|5[01])\./

/** What is used of the object below a socket; Node's types leave it out. */
interface Readable {
  readonly _handle: { readStart(): number }
}

/**
 * Makes a socket read on at its end where that may be a guess: the kernel then says whether it is an end or a reset. To
 * be called before anything is read. Costs one read for each end, and nothing where libuv does not guess.
 */
export function readEnd(socket: Socket, libuv: string = process.versions.uv): void {
  if (!guessing.test(libuv)) return
  let bytesReadBefore: number | undefined
  // lib/internal/stream_base_commons.js: an end that libuv reports is a `push(null)`.
  socket.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    // A guess follows bytes that were read. Two ends with none between them: the second was read.
    if (chunk === null && socket.bytesRead !== bytesReadBefore) {
      bytesReadBefore = socket.bytesRead
      // It fails where a socket cannot be read after its end; no guess is made there.
      if ((socket as unknown as Readable)._handle.readStart() === 0) return false
    }
    return Socket.prototype.push.call(socket, chunk, encoding)
  }
}
