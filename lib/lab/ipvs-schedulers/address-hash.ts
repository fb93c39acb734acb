/**
 * serverByHash: the server in whose bucket an address falls; what sh and dh have in common.
 *
 * @see linux v6.12 net/netfilter/ipvs/ip_vs_sh.c `ip_vs_sh_reassign`, `ip_vs_sh_hashkey`; include/linux/hash.h `hash_32`.
 * Before v4.18 the hash was another one, in which only the last bits of the address counted.
 */
import type { SchedulerServer } from './scheduler.ts'

/** IP_VS_SH_TAB_BITS, IP_VS_DH_TAB_BITS. */
const bits = 8

/**
 * The buckets are dealt to the servers in turn, to each as many as `shareOf` says, but at least one: also to those of
 * weight 0, so that who falls there is refused.
 */
export function serverByHash<Server extends SchedulerServer>(
  servers: readonly Server[],
  address: string,
  shareOf: (server: Server) => number,
): Server | undefined {
  const turn = servers.flatMap((server) => {
    return Array.from({ length: Math.max(1, shareOf(server)) }, () => server)
  })
  const chosen = turn[addressBucket(address) % turn.length]
  return chosen !== undefined && chosen.weight > 0 ? chosen : undefined
}

/** The bucket of a canonical address, 0 to 255. */
export function addressBucket(address: string): number {
  const folded = wordsOf(address).reduce((all, word) => all ^ word)
  return Math.imul(folded, 0x61c88647) >>> (32 - bits)
}

/** One word of 32 bits, or the four of IPv6. */
function wordsOf(address: string): number[] {
  if (!address.includes(':')) {
    return [address.split('.').reduce((word, byte) => (word << 8) | Number(byte), 0)]
  }
  const [before = [], after = []] = address
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''))
  const zeros = Array<string>(8 - before.length - after.length).fill('0')
  const groups = [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16))
  return [0, 2, 4, 6].map((i) => ((groups[i] as number) << 16) | (groups[i + 1] as number))
}
