/**
 * nq: the first server that is idle, however slow it is; where none is, as sed.
 *
 * @see linux v6.12 net/netfilter/ipvs/ip_vs_nq.c `ip_vs_nq_schedule`
 */
import type { IpvsScheduler } from './scheduler.ts'
import { shortestExpectedDelay } from './shortest-expected-delay.ts'

export const neverQueue: IpvsScheduler = (input) =>
  input.servers.find(({ weight, activeConnections }) => weight > 0 && activeConnections === 0) ??
  shortestExpectedDelay(input)
