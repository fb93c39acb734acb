/**
 * rr: the server behind the one that was chosen last, whatever connections they have.
 *
 * Where that one is gone the kernel goes on at its neighbour, and this at the beginning.
 *
 * @see linux v6.12 net/netfilter/ipvs/ip_vs_rr.c `ip_vs_rr_schedule`
 */
import type { IpvsScheduler } from './scheduler.ts'

export const roundRobin: IpvsScheduler = ({ servers, last }) => {
  const start = servers.findIndex(({ key }) => key === last) + 1
  return [...servers.slice(start), ...servers.slice(0, start)].find(({ weight }) => weight > 0)
}
