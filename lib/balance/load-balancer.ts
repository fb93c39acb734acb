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
   */
  pick(endpoints: readonly EndpointAddress[], clientAddress: string): EndpointAddress
}

/** Makes the scheduler of one ServicePort. */
export type LoadBalancerFactory = () => LoadBalancer
