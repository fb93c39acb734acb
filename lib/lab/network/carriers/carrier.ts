/**
 * Carrier: one mode, put to work in the namespace of the node. The interface, and nothing else.
 */
import type { Carriage, LabPod, LabScheduler, LabService, RuleLine, Truth } from '../../lab.ts'

/** What is to be carried. */
export interface Wanted {
  readonly service: LabService
  readonly pods: readonly LabPod[]
  readonly otherServices: number
  readonly scheduler: LabScheduler
}

export type RuleCounts = Pick<
  Carriage,
  'ruleCount' | 'serviceRuleCount' | 'walkedRuleCount' | 'path'
>

export interface Carrier {
  readonly truth: Truth
  /** Carries what is wanted, by difference to what it carries already. Resolves with the ms that this took; a model has no time. */
  apply(wanted: Wanted): Promise<number | undefined>
  /** Of what was applied last. */
  counts(): Promise<RuleCounts>
  /** In the order in which they are asked. */
  rules(): Promise<readonly RuleLine[]>
  /** Nothing of it is left when this resolves. */
  remove(): Promise<void>
}

export const noRules: RuleCounts = {
  ruleCount: 0,
  serviceRuleCount: 0,
  walkedRuleCount: undefined,
  path: [],
}
