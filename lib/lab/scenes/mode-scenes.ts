/**
 * Scenes 2 and 3: the same Service carried by a process, and by rules of the kernel.
 */
import type { Lab, LabMode, Trace, TraceStep } from '../lab.ts'
import type { Band } from '../statistics/binomial-band.ts'
import { binomialBand } from '../statistics/binomial-band.ts'
import { evenSplitP } from '../statistics/even-split-p.ts'
import { answered } from './answered.ts'
import { ifSupported } from './if-supported.ts'
import type { Answered, InstalledRules, SceneContext } from './scene.ts'

export interface UserspaceRecord {
  readonly scene: 'userspace'
  readonly truth: Answered['truth']
  readonly rules: InstalledRules
  readonly answered: Answered
}

export interface IptablesRecord {
  readonly scene: 'iptables'
  readonly truth: Answered['truth']
  readonly rules: InstalledRules
  /** Of the dice, in the order in which they are thrown: the last endpoint needs none. */
  readonly probabilities: readonly string[]
  readonly answered: Answered
  /** Between which counts a pod's share falls 99 times in 100. */
  readonly band: Band
  /** How often chance alone is more uneven than this. */
  readonly evenSplitP: number
  /** `undefined` where nobody could tell. */
  readonly trace: TracedPacket | undefined
}

export interface TracedPacket {
  readonly truth: Trace['truth']
  readonly source: string
  /** What the client dialled, and where it was led to. */
  readonly dialled: string
  readonly led: string
  readonly chains: readonly string[]
}

/** As many as stand in a line. */
const requests = 12

export async function userspaceScene({ lab }: SceneContext): Promise<UserspaceRecord> {
  const rules = await install(lab, 'userspace', /KUBE-PORTALS-CONTAINER .*-p tcp .*REDIRECT/)
  const answers = await answered(lab, { count: requests })
  return { scene: 'userspace', truth: answers.truth, rules, answered: answers }
}

export async function iptablesScene({ lab, skip }: SceneContext): Promise<IptablesRecord> {
  const rules = await install(lab, 'iptables', /default\/web:http.*-j KUBE-(?:SVC|SEP)/)
  const answers = await answered(lab, { count: requests })
  const trace = await ifSupported(lab.trace(), (reason) => skip({ part: 'trace', reason }))
  return {
    scene: 'iptables',
    truth: answers.truth,
    rules,
    probabilities: rules.texts.flatMap((text) => /--probability (\S+)/.exec(text)?.[1] ?? []),
    answered: answers,
    band: binomialBand({ count: requests, chance: 1 / answers.counts.length }),
    evenSplitP: evenSplitP(answers.counts),
    trace: trace && traced(trace),
  }
}

async function install(lab: Lab, mode: LabMode, isShown: RegExp): Promise<InstalledRules> {
  const { truth, ruleCount, serviceRuleCount, path } = await lab.setMode(mode)
  const rules = await lab.rules()
  const texts = rules.filter((rule) => rule.isOfService).map(({ text }) => text)
  return {
    truth,
    ruleCount,
    serviceRuleCount,
    path,
    texts: texts.filter((text) => isShown.test(text)),
  }
}

function traced({ truth, steps }: Trace): TracedPacket {
  const [first] = steps as readonly [TraceStep, ...TraceStep[]]
  const led = steps.find(({ destination }) => destination !== first.destination)
  // `-A KUBE-SERVICES …` or `nat KUBE-SERVICES …`: whoever traced it has named the chain.
  const chains = steps.flatMap(({ rule }) => /\bKUBE-[A-Z]+(?:-\w+)?\b/.exec(rule)?.[0] ?? [])
  return {
    truth,
    source: first.source,
    dialled: first.destination,
    led: led?.destination ?? '',
    chains: [...new Set(chains)],
  }
}
