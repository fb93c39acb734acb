/**
 * EndpointRows: which rows of the desired state have an endpoint, by the endpoint's `address:port`.
 *
 * The other way round from the rows themselves: when a Service takes or gives up an address, it finds those that have
 * to be looked at again without walking all endpoints.
 */
import type { DesiredServicePort } from './service-port.ts'

export class EndpointRows {
  /** A row by itself, as nearly all are, or several: a Set for each of 100,000 endpoints would be 20 MiB. */
  readonly #rows = new Map<string, DesiredServicePort | Set<DesiredServicePort>>()

  /** The rows that have `endpointKey` among their endpoints, usable or left out. */
  get(endpointKey: string): Iterable<DesiredServicePort> {
    const rows = this.#rows.get(endpointKey)
    if (rows === undefined) return []
    return rows instanceof Set ? rows : [rows]
  }

  add(row: DesiredServicePort): void {
    for (const key of endpointKeys(row)) {
      const rows = this.#rows.get(key)
      if (rows instanceof Set) rows.add(row)
      else this.#rows.set(key, rows === undefined ? row : new Set([rows, row]))
    }
  }

  /** Takes back what `add` did for this very row. */
  delete(row: DesiredServicePort): void {
    for (const key of endpointKeys(row)) {
      const rows = this.#rows.get(key)
      if (rows === row || (rows instanceof Set && rows.delete(row) && rows.size === 0)) {
        this.#rows.delete(key)
      }
    }
  }
}

/** The first entry has all of them: they differ only in what is usable. */
function endpointKeys({ entries: [{ usable, leftOut }] }: DesiredServicePort): string[] {
  return [...usable.map(({ key }) => key), ...leftOut.map(({ endpoint }) => endpoint.key)]
}
