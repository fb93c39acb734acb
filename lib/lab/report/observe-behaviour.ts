/**
 * observeBehaviour: what each mode does that is no matter of speed: who is chosen, who is seen, and what becomes of
 * requests when something is wrong.
 */
import { ifSupported } from '../scenes/if-supported.ts'
import type { Answer, Lab, LabMode, PodName } from '../lab.ts'
import { podNames } from '../lab.ts'
import type { ModeBehaviour } from './trade-offs.ts'

const requestsWithDeadPod = 300
const requestsWithUnpluggedPod = 30
/** The proxy gives the first pod 250 ms, the second one 500 ms. */
const patienceMs = 1000

export async function observeBehaviour(lab: Lab, mode: LabMode): Promise<ModeBehaviour> {
  const { ruleCount, serviceRuleCount, walkedRuleCount } = await lab.setMode(mode)
  const answers = await lab.request({ count: 12 })
  const isSeen = ({ seenClient }: Answer): boolean => seenClient === lab.description.clientAddress
  const failedWithDeadPod = await whilePodIs(lab, 'killed', () =>
    failures(lab, { count: requestsWithDeadPod, concurrency: 8 }),
  )
  const unplugged = whilePodIs(lab, 'unplugged', () =>
    failures(lab, { count: requestsWithUnpluggedPod, concurrency: 30, timeoutMs: patienceMs }),
  )
  return {
    mode,
    ruleCount,
    serviceRuleCount,
    walkedRuleCount,
    pods: answers.map(({ pod }) => pod),
    seenClient: answers.every(isSeen) ? 'client' : 'node',
    failedWithDeadPod,
    requestsWithDeadPod,
    failedWithUnpluggedPod: await ifSupported(unplugged, () => {}),
    requestsWithUnpluggedPod,
    survivesRemoval: await survivesRemoval(lab),
    withoutEndpoints: await withoutEndpoints(lab),
  }
}

async function whilePodIs<Result>(
  lab: Lab,
  condition: 'killed' | 'unplugged',
  observe: () => Promise<Result>,
): Promise<Result> {
  await lab.setCondition('pod-2', condition)
  try {
    return await observe()
  } finally {
    await lab.setCondition('pod-2', 'running')
  }
}

async function failures(lab: Lab, options: Parameters<Lab['request']>[0]): Promise<number> {
  const answers = await lab.request(options)
  return answers.filter(({ outcome }) => outcome !== 'ok').length
}

async function survivesRemoval(lab: Lab): Promise<boolean> {
  const id = await lab.hold()
  const [first] = await lab.ask(id)
  const pod = podNames.find((name): name is PodName => name === first?.pod)
  if (pod === undefined) return false
  await lab.setEndpoint(pod, { isListed: false })
  const [second] = await lab.ask(id)
  await lab.setEndpoint(pod, { isListed: true })
  await lab.release(id)
  return second?.outcome === 'ok' && second.pod === pod
}

async function withoutEndpoints(lab: Lab): Promise<Answer['outcome']> {
  for (const pod of podNames) await lab.setEndpoint(pod, { isReady: false })
  const [answer] = await lab.request({ timeoutMs: 500 })
  for (const pod of podNames) await lab.setEndpoint(pod, { isReady: true })
  return (answer as Answer).outcome
}
