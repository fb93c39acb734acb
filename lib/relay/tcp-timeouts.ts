/**
 * TcpTimeouts: the limits of time of all TCP connections, one queue for each: a proxy socket of its own queues would cost
 * 2 KiB for each of 10,000 Services, and a timer for each that is used.
 */
import type { RelayOptions } from '../options.ts'
import type { Leg } from './leg.ts'
import { connectionOf } from './leg.ts'
import type { TcpConnection } from './tcp-connection.ts'
import { TimeoutQueue } from './timeout-queue.ts'

/** Nobody waits for keep-alive in the first seconds; see `TcpConnection`. */
const mostYoungMs = 5000

export class TcpTimeouts {
  /** Connections without keep-alive. */
  readonly young: TimeoutQueue<TcpConnection>
  readonly halfClosed: TimeoutQueue<TcpConnection>
  /** Legs that hold bytes which the kernel does not take. */
  readonly stalled: TimeoutQueue<Leg>
  readonly #dials: readonly TimeoutQueue<TcpConnection>[]

  constructor(options: RelayOptions, now: () => number) {
    const queue = <Entry>(timeoutMs: number, onExpire: (entry: Entry) => void) =>
      new TimeoutQueue<Entry>({ timeoutMs, now, onExpire })
    const youngMs = Math.min(options.keepAliveMs, mostYoungMs)
    this.young = queue(youngMs, (connection: TcpConnection) => connection.grownUp())
    this.halfClosed = queue(options.halfCloseTimeoutMs, (connection: TcpConnection) =>
      connection.halfCloseTimedOut(),
    )
    this.stalled = queue(options.stallTimeoutMs, (leg: Leg) =>
      leg[connectionOf]?.stallTimedOut(leg),
    )
    this.#dials = options.dialTimeoutsMs.map((ms) =>
      queue(ms, (connection: TcpConnection) => connection.dialTimedOut()),
    )
  }

  /** The queue of dials after so many timeouts of the same connection. */
  dials(timeouts: number): TimeoutQueue<TcpConnection> {
    const last = this.#dials.length - 1
    return this.#dials[Math.min(timeouts, last)] as TimeoutQueue<TcpConnection>
  }
}
