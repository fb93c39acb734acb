/**
 * RuleSet: what a kernel mode has installed for the lab's Services, and the way of a packet through it, dice included.
 *
 * The walks of lib/lab/walk lead every packet to the last endpoint, which takes most rules. Here the dice have fallen
 * before the packet comes: the rule that takes it has no condition of chance left.
 */
import type { LabService, RuleLine } from '../lab.ts'
import type { Packet, Walk } from '../walk/packet.ts'

/** What a packet meets that its header does not say. */
export interface Choice {
  /** In [0, 1). */
  readonly random: () => number
  /** `address:port` of the endpoint that this client is kept at; `undefined` where it may go anywhere. */
  readonly stays: string | undefined
  /** How many connections are open to an endpoint. */
  readonly open: (key: string) => number
  /** Whether nobody has sent it, so that it is to change nothing. Default false. */
  readonly isTrial?: boolean
}

export interface RuleSet {
  readonly lines: readonly RuleLine[]
  /** Rules, and elements of maps. */
  readonly ruleCount: number
  readonly serviceRuleCount: number
  walk(packet: Packet, choice: Choice): Walk
}

/** Whether a line is about the lab's Service: `default/web:http` stands in it, or `default/web/tcp/http`. */
export function isOfService({ name }: LabService, line: string): boolean {
  return line.includes(`${name}:`) || line.includes(`${name}/`)
}
