/** What the bench measures: a program between clients and endpoints. */
import type { RunningProcess } from '../process.ts'
import type { Endpoint, Service } from '../services.ts'

export interface Site {
  /** Address of this relay alone, where it listens at the port of each Service. */
  readonly ip: string
  /** For its configuration. Exists, is its own, and is removed with the bench. */
  readonly folder: string
  readonly services: readonly Service[]
}

export interface RelayProgram {
  readonly name: string
  /** One line for the reader of a report. */
  readonly description: string
  readonly protocols: readonly Service['protocol'][]
  /** Gets by an endpoint that does not answer. */
  readonly triesAnotherEndpoint: boolean
  /** The name and version of what is installed, or `undefined` where nothing is. */
  version(): string | undefined
  /** Resolves once it serves. */
  start(site: Site): Promise<Relay>
}

export interface Relay {
  /** None where clients dial the endpoint themselves. */
  readonly process: RunningProcess | undefined
  address(service: Service): Endpoint
  stop(): Promise<void>
}
