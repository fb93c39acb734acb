/** What the bench does to a relay. */
import type { LoadResult } from '../sample.ts'
import type { Retransmissions } from '../validity.ts'
import type { Endpoint, ServiceName } from '../services.ts'

/** A relay as a load sees it. */
export interface Target {
  address(service: ServiceName): Endpoint
  /** None where there is no relay. */
  readonly pid: number | undefined
}

export interface RunOptions {
  /** How long a run is to be; what goes by amount takes about so long. */
  readonly seconds: number
}

/** One column of the table of a load. */
export interface Column {
  readonly header: string
  readonly figure: string
  /** What the figure is multiplied by. Default: 1. */
  readonly scale?: number
  readonly digits?: number
}

export interface Load {
  readonly name: string
  /** What is done, and what one operation is. */
  readonly description: string
  readonly protocol: 'TCP' | 'UDP'
  readonly columns: readonly Column[]
  /** Header of the column whose range and ratio to HAProxy are printed. */
  readonly key: string
  /** Default: `none`. */
  readonly retransmissions?: Retransmissions
  /** Only for relays that get by a dead endpoint. */
  readonly hasDeadEndpoint?: true
  /** Every run is with a relay that has just started. */
  readonly needsFreshRelay?: true
  /** Done once, before the first round, with all relays of the run. */
  prepare?(targets: readonly Target[]): Promise<void>
  run(target: Target, options: RunOptions): Promise<LoadResult>
}

export const latencyColumns: readonly Column[] = [
  { header: 'P50', figure: 'p50Us' },
  { header: 'P99', figure: 'p99Us' },
  { header: 'P99.9', figure: 'p999Us' },
]
export const rateColumn: Column = { header: 'RATE/S', figure: 'rate' }
export const cpuColumn: Column = { header: 'CPU US', figure: 'cpuUs', digits: 1 }
export const rssColumn: Column = { header: 'RSS MB', figure: 'rssBytes', scale: 1e-6 }

/** Of most loads. */
export const requestColumns: readonly Column[] = [
  rateColumn,
  ...latencyColumns,
  cpuColumn,
  rssColumn,
]
