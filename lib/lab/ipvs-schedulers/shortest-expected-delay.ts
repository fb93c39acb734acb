/**
 * sed: the server at which the connection would wait least, itself counted: (active + 1) / weight.
 *
 * @see linux v6.12 net/netfilter/ipvs/ip_vs_sed.c `ip_vs_sed_schedule`
 */
import { leastLoad } from './least-load.ts'
import type { IpvsScheduler } from './scheduler.ts'

export const shortestExpectedDelay: IpvsScheduler = ({ servers }) =>
  leastLoad(servers, ({ activeConnections }) => activeConnections + 1)
