/**
 * Experiments 9 and 10: what the objects of the API do to rules, one pod at a time and by the thousand.
 */
import type { LabMode } from '../lab.ts'
import { podNames } from '../lab.ts'
import { ifSupported } from '../scenes/if-supported.ts'
import type { Experiment, ExperimentContext, ExperimentName } from './experiment.ts'
import { seeOrder, seeOutcomes } from './seen-answers.ts'

export const objectExperiments = {
  'ready-or-not': readyOrNot,
  'a-thousand-services': aThousandServices,
} satisfies Partial<Record<ExperimentName, Experiment>>

async function readyOrNot({ lab, in: begin }: ExperimentContext): Promise<void> {
  for (const mode of ['iptables', 'userspace'] as const) {
    const see = await begin(mode)
    seeOrder(see, await lab.request({ count: 6 }))
    await lab.setEndpoint('pod-1', { isReady: false })
    see('notReady', { pod: 'pod-1' })
    seeOrder(see, await lab.request({ count: 6 }))
    for (const pod of podNames) await lab.setEndpoint(pod, { isReady: false })
    see('noneReady')
    seeOutcomes(see, await lab.request({ count: 6 }))
    for (const pod of podNames) await lab.setEndpoint(pod, { isReady: true })
    see('readyAgain')
    seeOrder(see, await lab.request({ count: 6 }))
  }
}

const counts = [0, 100, 1000]

async function aThousandServices(context: ExperimentContext): Promise<void> {
  for (const mode of ['userspace', 'iptables', 'nftables', 'ipvs'] as const) {
    await services(context, mode)
    await context.lab.setOtherServices(0)
  }
}

async function services({ lab, in: begin, skip }: ExperimentContext, mode: LabMode): Promise<void> {
  const see = await begin(mode)
  for (const services of counts) {
    const changed = lab.setOtherServices(services)
    const carriage = await ifSupported(changed, (reason) => skip({ part: mode, reason }))
    if (carriage === undefined) return
    const { ruleCount: rules, walkedRuleCount: walked = 0, installMs } = carriage
    if (installMs === undefined) see('scaleOfModel', { services, rules, walked })
    else see('scale', { services, rules, walked, ms: Math.round(installMs) })
  }
}
