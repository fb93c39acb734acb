/**
 * How a leg ends: in order, or by a reset. Node's own ways are either too much or too little for a relay.
 */
import type { Leg } from './leg.ts'

/**
 * Passes on that the other side has ended. A leg whose own side has ended too has nothing left to do: it is closed, which
 * sends the FIN, instead of first being shut down. Measured: one system call in 20 of a connection.
 */
export function endLeg(leg: Leg): void {
  if (leg.readableEnded && leg.writableLength === 0) leg.destroy()
  else leg.end()
}

/** Resets a leg, as soon as Node can. */
export function resetLeg(leg: Leg | undefined): void {
  if (leg === undefined || leg.destroyed) return
  // libuv refuses to reset a socket while its shutdown is under way (uv_tcp_close_reset: EINVAL), and Node then leaks the
  // handle: no 'close', a descriptor for ever, and a process that spins when it should end. It takes one turn.
  const isShuttingDown = leg.writableEnded && leg.writableLength === 0 && !leg.writableFinished
  if (isShuttingDown) leg.once('finish', () => resetLeg(leg))
  else leg.resetAndDestroy()
}

/**
 * Resets a leg, but not before what was accepted from its peer is in the kernel: a reset throws away what this process
 * still holds. The stall timeout bounds the wait.
 */
export function resetLegOnceWritten(leg: Leg | undefined): void {
  if (leg === undefined || leg.writableLength === 0) return resetLeg(leg)
  leg.once('drain', () => resetLeg(leg))
  leg.once('finish', () => resetLeg(leg)) // an ended leg emits this instead
}
