/**
 * LoadBalancer: chooses the endpoint of a new connection or UDP flow. The interface; one file per scheduler.
 *
 * A scheduler is synchronous, knows no sockets and no clock, and is asked once per dial: not where affinity decides,
 * and again over fewer endpoints where its choice is one that does not answer. Those that this connection has tried
 * are left out before it is asked.
 */
import type { EndpointAddress } from '../model/endpoint.ts'

export interface LoadBalancer {
  /**
   * Returns one of `endpoints`.
   *
   * @param endpoints never empty, sorted by `key`; may be shorter than at the last call, and the array is not
   * the scheduler's to keep or change
   * @param clientAddress address of the client, without its port
   * @param openTo how many connections are open to an endpoint, those being dialled included: of this ServicePort, and of
   * this thread
   */
  pick(
    endpoints: readonly EndpointAddress[],
    clientAddress: string,
    openTo: OpenTo,
  ): EndpointAddress

  /**
   * Returns what `pick` would return now, and changes nothing; `undefined` where that cannot be said. For `explain`: a
   * scheduler without it has no next one that could be shown.
   *
   * @param clientAddress `''`: of no client in particular
   * @param picked what `pick` would have returned just before, in this order: it is asked again where that is passed over
   */
  peek?(
    endpoints: readonly EndpointAddress[],
    clientAddress: string,
    picked: readonly EndpointAddress[],
    openTo: OpenTo,
  ): EndpointAddress | undefined
}

export type OpenTo = (endpoint: EndpointAddress) => number

/** Makes the scheduler of one ServicePort. */
export type LoadBalancerFactory = () => LoadBalancer
