/**
 * sh: the same server for the same client address, as long as the list of servers does not change.
 *
 * Not session affinity: who comes or goes in the list moves many clients at once, since the buckets are dealt anew.
 *
 * @see linux v6.12 net/netfilter/ipvs/ip_vs_sh.c `ip_vs_sh_schedule`, without the flags sh-port and sh-fallback
 */
import { serverByHash } from './address-hash.ts'
import type { IpvsScheduler } from './scheduler.ts'

export const sourceHashing: IpvsScheduler = ({ servers, source }) =>
  serverByHash(servers, source, ({ weight }) => weight)
