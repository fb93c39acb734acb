/**
 * wallClock: `Date.now` for what asks after each connection.
 *
 * V8 takes six functions to ask the system, which have all left the processor's caches by then: 0.2 % of a connection. The
 * clock that measures durations is at hand anyway, and the two are compared once a second.
 */

/** How long what was compared holds, in ms: so late it is seen that the system's clock was set. */
const holdsMs = 1000

/** Returns what gives the time in whole ms since 1970, 1 ms off at most. */
export function wallClock(
  now: () => number = Date.now,
  monotonic: () => number = () => performance.now(),
): () => number {
  let offsetMs = 0
  let comparedMs = Number.NEGATIVE_INFINITY
  return () => {
    const ms = monotonic()
    if (ms - comparedMs >= holdsMs) {
      offsetMs = now() - ms
      comparedMs = ms
    }
    return Math.round(offsetMs + ms)
  }
}
