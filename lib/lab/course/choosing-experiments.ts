/**
 * Experiments 4 and 8: how a pod is chosen, and how often.
 */
import type { Experiment, ExperimentContext, ExperimentName } from './experiment.ts'
import { seeOrder, seeSplit } from './seen-answers.ts'

export const choosingExperiments = {
  'random-or-in-turn': randomOrInTurn,
  'sticky-headless-or-neither': stickyOrHeadless,
} satisfies Partial<Record<ExperimentName, Experiment>>

const few = 24
const many = 3000

async function randomOrInTurn({ lab, in: begin }: ExperimentContext): Promise<void> {
  for (const mode of ['userspace', 'iptables', 'ipvs'] as const) {
    const see = await begin(mode)
    const answers = await lab.request({ count: few })
    seeOrder(see, answers.slice(0, 12))
    if (mode === 'iptables') {
      seeSplit(see, answers)
      seeSplit(see, await lab.request({ count: many, concurrency: 8 }))
    }
  }
}

async function stickyOrHeadless({ lab, in: begin }: ExperimentContext): Promise<void> {
  const see = await begin('iptables')
  await lab.setAffinity('ClientIP')
  see('affinityOn')
  seeOrder(see, await lab.request({ count: 10 }))
  await lab.setAffinity('None')
  see('affinityOff')
  const id = await lab.hold()
  const answers = await lab.ask(id, 30)
  await lab.release(id)
  const pods = [...new Set(answers.map(({ pod }) => pod))]
  see('keptAlive', { count: answers.length, pods: pods.join(', ') })

  const direct = await begin('direct')
  const { pods: all } = await lab.state()
  direct('headless', { addresses: all.map(({ address }) => address).join(', ') })
  seeOrder(direct, await lab.request({ count: 6 }))
}
