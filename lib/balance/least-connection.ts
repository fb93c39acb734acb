/**
 * Least connection: the endpoint with the fewest connections, and among those that have equally few each in its turn.
 *
 * The kernel takes the first of them instead (Linux net/netfilter/ipvs/ip_vs_lc.c): there, connections that are over count
 * a little, so that short ones do not all go to one endpoint.
 */
import type { EndpointAddress } from '../model/endpoint.ts'
import type { LoadBalancer, OpenTo } from './load-balancer.ts'
import { RoundRobin } from './round-robin.ts'

export class LeastConnection implements LoadBalancer {
  readonly #turns: RoundRobin

  /** @param skip see `RoundRobin` */
  constructor(skip = 0) {
    this.#turns = new RoundRobin(skip)
  }

  pick(
    endpoints: readonly EndpointAddress[],
    _clientAddress: string,
    openTo: OpenTo,
  ): EndpointAddress {
    return this.#turns.pick(leastOf(endpoints, openTo))
  }

  /** The same, and no turn is over. */
  peek(
    endpoints: readonly EndpointAddress[],
    clientAddress: string,
    picked: readonly EndpointAddress[],
    openTo: OpenTo,
  ): EndpointAddress {
    return this.#turns.peek(leastOf(endpoints, openTo), clientAddress, picked)
  }
}

function leastOf(endpoints: readonly EndpointAddress[], openTo: OpenTo): EndpointAddress[] {
  const open = endpoints.map(openTo)
  const least = Math.min(...open)
  return endpoints.filter((_, index) => open[index] === least)
}
