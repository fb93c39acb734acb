/**
 * answered: some requests, and who has answered them.
 */
import type { Lab, PodName, RequestOptions } from '../lab.ts'
import { podNames } from '../lab.ts'
import type { Answered } from './scene.ts'
import { whoseAddress } from './whose-address.ts'

export async function answered(lab: Lab, options: RequestOptions): Promise<Answered> {
  const answers = await lab.request(options)
  const { carriage, service } = await lab.state()
  const { truth } = carriage
  const url = `http://${service.clusterIP}:${service.port}/`
  const pods = answers.map(({ pod }) => pod)
  const seenClient = answers.find(({ seenClient }) => seenClient !== '')?.seenClient ?? ''
  const { description } = lab
  return {
    truth,
    url,
    pods,
    counts: countPods(pods),
    seenClient,
    whose: whoseAddress(seenClient, description),
  }
}

/** How often each pod is named, pod-1 first. */
export function countPods(pods: readonly (PodName | '')[]): readonly [number, number, number] {
  const [first, second, third] = podNames
  const countOf = (name: PodName): number => pods.filter((pod) => pod === name).length
  return [countOf(first), countOf(second), countOf(third)]
}
