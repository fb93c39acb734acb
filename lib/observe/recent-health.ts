/**
 * RecentHealth: the health of a Proxier as of the last second, however many probes ask.
 *
 * To find it out all proxy sockets are looked at, and who asks over HTTP may be anybody.
 */
import type { Proxier } from '../proxier.ts'
import type { ProxierHealth } from '../proxier-options.ts'

/** Probes that come more often than once a second are none. */
const recentMs = 1000

export class RecentHealth {
  readonly #proxier: Pick<Proxier, 'health'>
  readonly #now: () => number
  #askedMs = 0
  #health: Promise<ProxierHealth> | undefined

  /** @param now in ms, of any clock */
  constructor(proxier: Pick<Proxier, 'health'>, now: () => number) {
    this.#proxier = proxier
    this.#now = now
  }

  get(): Promise<ProxierHealth> {
    const nowMs = this.#now()
    // A clock can be set back.
    const isRecent = Math.abs(nowMs - this.#askedMs) < recentMs
    if (this.#health !== undefined && isRecent) return this.#health
    this.#askedMs = nowMs
    this.#health = this.#proxier.health()
    return this.#health
  }
}
