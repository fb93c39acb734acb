/** What a run of the bench gives, as it is written in JSON. */
import type { Column } from './loads/load.ts'
import type { Machine } from './machine.ts'
import type { Outcome } from './rounds.ts'
import type { Summary } from './statistics.ts'

export interface Results {
  readonly machine: Machine
  readonly starts: number
  /** Of each start. */
  readonly rounds: number
  readonly seconds: number
  readonly relays: readonly RelayDescription[]
  /** Relays that were asked for and are not installed. */
  readonly missing: readonly string[]
  readonly loads: readonly LoadResults[]
}

export interface RelayDescription {
  readonly name: string
  readonly description: string
  readonly version: string
}

export interface LoadResults {
  readonly name: string
  readonly description: string
  readonly columns: readonly Column[]
  readonly key: string
  readonly relays: readonly RelayResults[]
}

export interface RelayResults extends Outcome {
  /** Of each figure. None where it was refused. */
  readonly figures: Readonly<Record<string, Summary>>
}
