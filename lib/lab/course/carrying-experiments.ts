/**
 * Experiments 1 to 3: where a Service is, and what carries it.
 */
import { clusterIPScene } from '../scenes/cluster-ip-scene.ts'
import type { ClusterIPLook } from '../scenes/cluster-ip-scene.ts'
import type { Experiment, ExperimentContext, ExperimentName, See } from './experiment.ts'
import { seeOrder, seeWhose } from './seen-answers.ts'

export const carryingExperiments = {
  'where-is-a-clusterip': whereIsIt,
  'what-1-0-did': whatOneZeroDid,
  'reading-iptables-save': readingRules,
} satisfies Partial<Record<ExperimentName, Experiment>>

async function whereIsIt({ lab, in: begin, skip }: ExperimentContext): Promise<void> {
  const { clusterIP, port, before, after } = await clusterIPScene({ lab, isFast: true, skip })
  const looked = (see: See, { addresses, listeners }: ClusterIPLook): void => {
    const ip = `ip -br addr | grep -c ${clusterIP}/`
    if (addresses !== undefined) see('counted', { command: ip, found: addresses })
    const ss = `ss -ltn | grep -c ':${port} '`
    if (listeners !== undefined) see('counted', { command: ss, found: listeners })
  }
  const curl = (port: number): string => `curl -m 1 http://${clusterIP}:${port}/`
  if (before !== undefined) {
    const see = await begin('direct')
    looked(see, before)
    see('asked', { command: curl(port), outcome: before.outcome })
  }
  const see = await begin('iptables')
  looked(see, after)
  see('asked', { command: curl(port), outcome: after.outcome })
  see('asked', { command: curl(port + 1), outcome: after.wrongPort })
}

async function whatOneZeroDid({ lab, in: begin }: ExperimentContext): Promise<void> {
  const see = await begin('userspace')
  const rules = await lab.rules()
  const own = rules.filter(({ text }) => /KUBE-PORTALS-CONTAINER .*-p tcp .*REDIRECT/.test(text))
  for (const { text } of own) see('rule', { rule: text })
  if (own.length === 0) see('noRule')
  const answers = await lab.request({ count: 12 })
  seeOrder(see, answers)
  seeWhose(see, lab, answers[0])
  const { connections, crossings } = await lab.trace()
  see('connections', { connections, crossings })
}

async function readingRules({ lab, in: begin }: ExperimentContext): Promise<void> {
  const see = await begin('iptables')
  const rules = await lab.rules()
  const isShown = /-[Aj] KUBE-SVC-CDGGSHYLG3RE2FKL\b/
  const shown = rules.filter(({ text }) => isShown.test(text) && !text.includes('NODEPORTS'))
  for (const { text } of shown) see('rule', { rule: text })
  const { carriage } = await lab.state()
  const { ruleCount, serviceRuleCount, walkedRuleCount = 0 } = carriage
  see('ruleCounts', { all: ruleCount, own: serviceRuleCount, walked: walkedRuleCount })
  see('path', { chains: carriage.path.join(' > ') })
}
