/**
 * lc: the server with the fewest connections, of which an active one counts as 256 inactive ones. Weights do not count,
 * except 0.
 *
 * The numbers are of this node alone: many nodes that balance by them do not know of each other.
 *
 * @see linux v6.12 net/netfilter/ipvs/ip_vs_lc.c `ip_vs_lc_schedule`, include/net/ip_vs.h `ip_vs_dest_conn_overhead`
 */
import { leastLoad } from './least-load.ts'
import type { IpvsScheduler } from './scheduler.ts'

export const leastConnection: IpvsScheduler = ({ servers }) =>
  leastLoad(servers, ({ weight, activeConnections, inactiveConnections }) => {
    return weight * (activeConnections * 256 + inactiveConnections)
  })
