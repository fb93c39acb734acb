/**
 * SchedulerPeek: stands in for a scheduler where nothing may change: says what it would say, or that it cannot be known.
 */
import type { EndpointAddress } from '../model/endpoint.ts'
import type { LoadBalancer, OpenTo } from './load-balancer.ts'

export class SchedulerPeek implements LoadBalancer {
  readonly #loadBalancer: LoadBalancer
  readonly #picked: EndpointAddress[] = []
  #isUnknown = false

  constructor(loadBalancer: LoadBalancer) {
    this.#loadBalancer = loadBalancer
  }

  /** Whether any answer was a guess. */
  get isUnknown(): boolean {
    return this.#isUnknown
  }

  pick(
    endpoints: readonly EndpointAddress[],
    clientAddress: string,
    openTo: OpenTo,
  ): EndpointAddress {
    const [first] = endpoints as readonly [EndpointAddress] // never empty, by contract
    // Where there is one there is no choice, whatever a scheduler says.
    const answer = endpoints.length === 1 ? first : this.#answer(endpoints, clientAddress, openTo)
    this.#isUnknown ||= answer === undefined
    const endpoint = answer ?? first
    this.#picked.push(endpoint)
    return endpoint
  }

  /** A scheduler may be anyone's code; one that throws here may still not throw when it is asked in earnest. */
  #answer(
    endpoints: readonly EndpointAddress[],
    clientAddress: string,
    openTo: OpenTo,
  ): EndpointAddress | undefined {
    try {
      return this.#loadBalancer.peek?.(endpoints, clientAddress, this.#picked, openTo)
    } catch {
      return undefined
    }
  }
}
