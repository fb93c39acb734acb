/**
 * wallClock: `Date.now` for what asks after each connection.
 *
 * V8 takes six functions to ask the system, which have all left the processor's caches by then: 0.2 % of a connection. The
 * clock that measures durations is at hand anyway, and the two are compared once a second.
 */

/** How long what was compared holds, in ms: a clock that was set, or a machine that has slept, is noticed so late. */
const holdsMs = 1000

/** Both clocks are read within this, in ms, or a process that was held up in between would be wrong for a second. */
const togetherMs = 0.5

/** Returns what gives the time in whole ms since 1970. From one comparison to the next it may go back by 1 ms. */
export function wallClock(
  now: () => number = Date.now,
  monotonic: () => number = () => performance.now(),
): () => number {
  let offsetMs = 0
  let comparedMs = Number.NEGATIVE_INFINITY
  return () => {
    const ms = monotonic()
    if (ms - comparedMs >= holdsMs) {
      const time = now()
      if (monotonic() - ms > togetherMs) return time
      offsetMs = time - ms
      comparedMs = ms
    }
    return Math.round(offsetMs + ms)
  }
}
