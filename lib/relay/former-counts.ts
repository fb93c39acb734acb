/**
 * FormerCounts: what ServicePorts have counted that are gone, so that no counter of a process ever goes back.
 *
 * One that comes back counts on where it was. Of those that have been gone for longest only the sum is kept.
 */
import { Counts } from './counts.ts'

/** A few hundred bytes each. Whoever removes and makes so many Services between two readings sees one begin at 0. */
const mostRemembered = 1000

export class FormerCounts {
  readonly #byServicePort = new Map<string, Counts>()
  readonly #others = new Counts()

  /** Takes the counts of a proxy socket that is gone. */
  add(servicePortKey: string, counts: Counts): void {
    const sum = this.take(servicePortKey) ?? new Counts()
    sum.add(counts)
    this.#byServicePort.set(servicePortKey, sum)
    if (this.#byServicePort.size <= mostRemembered) return
    const [oldest] = this.#byServicePort.keys()
    this.#others.add(this.take(oldest as string) as Counts)
  }

  /** What the ServicePort has counted, for one that goes on with it. */
  take(servicePortKey: string): Counts | undefined {
    const counts = this.#byServicePort.get(servicePortKey)
    this.#byServicePort.delete(servicePortKey)
    return counts
  }

  /** All of it, by ServicePort; `''`: of those that were gone for longest. */
  entries(): (readonly [string, Counts])[] {
    return [...this.#byServicePort, ['', this.#others]]
  }

  /** Adds all of it to `sum`. */
  addTo(sum: Counts): void {
    for (const counts of this.#byServicePort.values()) sum.add(counts)
    sum.add(this.#others)
  }
}
