/**
 * dh: the same server for the same dialled address, so that a Service has all its connections at one endpoint.
 *
 * It was made for caches, whose clients dial the whole world.
 *
 * @see linux v6.12 net/netfilter/ipvs/ip_vs_dh.c `ip_vs_dh_schedule`
 */
import { serverByHash } from './address-hash.ts'
import type { IpvsScheduler } from './scheduler.ts'

export const destinationHashing: IpvsScheduler = ({ servers, destination }) =>
  serverByHash(servers, destination, () => 1)
