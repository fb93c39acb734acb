/**
 * Trail: what a packet has come by on its walk through a node, and which addresses are that node's.
 */
import { CIDR } from '../../index.ts'
import type { Step, WalkOptions } from './packet.ts'

export class Trail {
  /** The chains that it went through, without those that decided nothing. */
  readonly path: string[] = []
  readonly steps: Step[] = []
  ruleCount = 0
  readonly #nodeAddresses: readonly string[]
  readonly #withSteps: boolean

  constructor({ nodeAddresses, withSteps = false }: WalkOptions) {
    this.#nodeAddresses = nodeAddresses
    this.#withSteps = withSteps
  }

  /** A rule of a chain was asked. */
  asked(chain: string, rule: string, isMatch: boolean): void {
    this.ruleCount++
    if (this.#withSteps) this.steps.push({ chain, rule, isMatch })
  }

  /** Goes through a chain; one that returns `undefined` decided nothing. */
  through<Verdict>(chain: string, walk: () => Verdict | undefined): Verdict | undefined {
    const length = this.path.push(chain)
    const verdict = walk()
    if (verdict === undefined) this.path.length = length - 1
    return verdict
  }

  /** Whether packets to an address are taken in by the node. */
  readonly isLocal = (address: string): boolean =>
    this.#nodeAddresses.includes(address) || loopbacks.some((cidr) => cidr.contains(address))
}

const loopbacks = ['127.0.0.0/8', '::1/128'].map((text) => CIDR.parse(text) as CIDR)
