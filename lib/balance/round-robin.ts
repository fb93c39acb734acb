/**
 * Round robin: each endpoint in its turn.
 *
 * The cursor is the key picked last, not an index: it stays where it is when endpoints come, go or are filtered out,
 * also when the one it points at is gone. kube-proxy's userspace mode shuffled the endpoints and began anew at each
 * change (kubernetes v1.25 pkg/proxy/userspace/roundrobin.go).
 */
import type { EndpointAddress } from '../model/endpoint.ts'
import type { LoadBalancer } from './load-balancer.ts'

export class RoundRobin implements LoadBalancer {
  /** `''` sorts before every key, so that the first pick is the first endpoint. */
  #lastKey = ''
  /** Where `#lastKey` was: only a hint, since the list may be another one by now. */
  #lastIndex = 0
  /** Until the first pick. */
  #skip: number

  /** @param skip so many endpoints are passed over before the first pick: where several begin, not all do with one */
  constructor(skip = 0) {
    this.#skip = skip
  }

  /** The first endpoint after the one picked last, in the order of keys; after the last comes the first. */
  pick(endpoints: readonly EndpointAddress[]): EndpointAddress {
    const isWhereItWas = endpoints[this.#lastIndex]?.key === this.#lastKey
    const next = isWhereItWas ? this.#lastIndex + 1 : this.#firstAfter(endpoints, this.#lastKey)
    this.#skip = 0
    this.#lastIndex = next === endpoints.length ? 0 : next
    const endpoint = endpoints[this.#lastIndex] as EndpointAddress // never empty, by contract
    this.#lastKey = endpoint.key
    return endpoint
  }

  /** The same, and the cursor stays. */
  peek(
    endpoints: readonly EndpointAddress[],
    _clientAddress: string,
    picked: readonly EndpointAddress[],
  ): EndpointAddress {
    const last = picked.at(-1)?.key
    const next =
      last === undefined ? this.#firstAfter(endpoints, this.#lastKey) : firstAfter(endpoints, last)
    return endpoints[next === endpoints.length ? 0 : next] as EndpointAddress
  }

  #firstAfter(endpoints: readonly EndpointAddress[], key: string): number {
    return firstAfter(endpoints, key) + (this.#skip % endpoints.length)
  }
}

/** Binary search: the index of the first key greater than `key`, or the length. */
function firstAfter(endpoints: readonly EndpointAddress[], key: string): number {
  let low = 0
  let high = endpoints.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((endpoints[middle] as EndpointAddress).key > key) high = middle
    else low = middle + 1
  }
  return low
}
