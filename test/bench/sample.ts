/** What one run of one load through one relay gave. Figures are by name; a name says the unit. */

/** What a load itself can tell: it sees the clients' side. */
export interface LoadResult {
  /** What CPU and rate are counted per: requests, connections, gigabytes, datagrams. */
  readonly operations: number
  readonly seconds: number
  /** Of the clients: refused, reset, timed out, wrong answer. More than none, and nothing of the run is printed. */
  readonly errors: number
  readonly latencyUs?: Percentiles
  /** What only this load has. */
  readonly figures?: Readonly<Record<string, number>>
}

export interface Percentiles {
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

/** What a run gave: the figures of the load and of the operating system, and what speaks against them. */
export interface Sample {
  readonly figures: Readonly<Record<string, number>>
  readonly errors: number
  readonly retransmissions: number
  readonly timeouts: number
}
