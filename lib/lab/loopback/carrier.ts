/**
 * Carrier: how the lab's Service is carried on loopback in one mode. There is a new one each time that a mode is set.
 */
import type { Protocol } from '../kernel-model/kernel-model.ts'
import type {
  Answer,
  Carriage,
  LabPod,
  LabScheduler,
  LabService,
  RequestOptions,
  RuleLine,
  Trace,
} from '../lab.ts'
import type { Target } from '../lab-client.ts'

/** What is to be carried. */
export interface Wanted {
  readonly service: LabService
  readonly pods: readonly LabPod[]
  readonly scheduler: LabScheduler
  readonly otherServices: number
}

export interface Carrier {
  readonly carriage: Carriage
  /** Of the Service, as clients of this mode dial it. */
  readonly service: Pick<LabService, 'clusterIP' | 'port' | 'nodePort'>
  readonly rules: readonly RuleLine[]
  /** Objects have changed. */
  update(wanted: Wanted): Promise<void>
  /** Something has happened to pods, and nobody was told of it. */
  setPods(pods: readonly LabPod[]): void
  request(options: RequestOptions): Promise<readonly Answer[]>
  hold(protocol: Protocol): number
  ask(id: number, count: number): Promise<readonly Answer[]>
  release(id: number): void
  trace(): Promise<Trace>
  /** What a client that measures dials, in turn; empty in a model. */
  readonly measured: readonly Target[]
  close(): Promise<void>
}
