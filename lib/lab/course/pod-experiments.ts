/**
 * Experiments 5 to 7: what happens to pods and connections, and whom a pod sees.
 */
import type { Answer, LabMode } from '../lab.ts'
import { ifSupported } from '../scenes/if-supported.ts'
import type { Experiment, ExperimentContext, ExperimentName } from './experiment.ts'
import { seeOrder, seeOutcomes, seeWhose } from './seen-answers.ts'

export const podExperiments = {
  'who-retries': whoRetries,
  'open-connections': openConnections,
  'who-am-i-to-the-pod': whoAmI,
} satisfies Partial<Record<ExperimentName, Experiment>>

/** Longer than the first dial of the proxy may take, and shorter than anybody waits. */
const timeoutMs = 600

async function whoRetries({ lab, in: begin, skip }: ExperimentContext): Promise<void> {
  for (const mode of ['iptables', 'userspace'] as const) {
    const see = await begin(mode)
    await lab.setCondition('pod-2', 'killed')
    see('podKilled', { pod: 'pod-2' })
    seeOutcomes(see, await lab.request({ count: 300 }))
    await lab.setCondition('pod-2', 'running')
    // A proxy that has just seen the pod die would pass it over.
    await lab.setMode('direct')
    await lab.setMode(mode)
    const unplugged = lab.setCondition('pod-2', 'unplugged').then(() => true)
    if ((await ifSupported(unplugged, (reason) => skip({ part: mode, reason }))) !== true) continue
    see('podUnplugged', { pod: 'pod-2' })
    const answers = await lab.request({ count: 9, timeoutMs })
    seeOutcomes(see, answers)
    const slowest = Math.max(
      ...answers.map(({ outcome, durationMs = 0 }) => (outcome === 'ok' ? durationMs : 0)),
    )
    if (mode === 'userspace') see('slowest', { ms: Math.round(slowest) })
    await lab.setCondition('pod-2', 'running')
  }
}

async function openConnections({ lab, in: begin }: ExperimentContext): Promise<void> {
  for (const mode of ['iptables', 'userspace'] as const) {
    for (const protocol of ['TCP', 'UDP'] as const) {
      const see = await begin(mode)
      const id = await lab.hold({ protocol })
      const [first] = (await lab.ask(id)) as readonly [Answer]
      // Where nobody answered, something is wrong that the next facts will show.
      const pod = first.pod === '' ? 'pod-1' : first.pod
      see('opened', { protocol, pod })
      await lab.setEndpoint(pod, { isListed: false })
      see('endpointGone', { pod })
      const [still] = (await lab.ask(id)) as readonly [Answer]
      see('stillOpen', { protocol, outcome: still.outcome, pod: still.pod })
      seeOrder(see, await lab.request({ count: 6 }))
      await lab.setCondition(pod, 'killed')
      const [last] = (await lab.ask(id)) as readonly [Answer]
      see('afterKill', { pod, protocol, outcome: last.outcome })
      await lab.release(id)
      await lab.setCondition(pod, 'running')
      await lab.setEndpoint(pod, { isListed: true })
    }
  }
}

async function whoAmI(context: ExperimentContext): Promise<void> {
  for (const mode of ['iptables', 'userspace'] as const) await whoAmIIn(context, mode)
}

async function whoAmIIn({ lab, in: begin, skip }: ExperimentContext, mode: LabMode): Promise<void> {
  const see = await begin(mode)
  const [own] = await lab.request()
  see('byClusterIP')
  seeWhose(see, lab, own)
  const outside = lab.request({ from: 'outside', to: 'node-port' })
  const answers = await ifSupported(outside, (reason) =>
    skip({ part: `${mode}, NodePort`, reason }),
  )
  if (answers === undefined) return
  see('byNodePort')
  seeWhose(see, lab, answers[0])
  // It takes some turns until a pod is led to itself.
  const toItself = await lab.request({ from: 'pod-1', count: 20, timeoutMs })
  see('byItself', { pod: 'pod-1' })
  seeWhose(
    see,
    lab,
    toItself.find(({ pod }) => pod === 'pod-1'),
  )
}
