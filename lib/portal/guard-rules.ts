/**
 * guardRules: refuses packets for a proxy port that no redirect sent there. Pure.
 *
 * Kubernetes' userspace mode had no such thing: every Service, also one for the cluster only, was open to the whole
 * network on a random port of every node. The jump to this chain lets only the first packets of connections and flows
 * in that were not redirected; see `portalChains`.
 *
 * Those walk the chain rule by rule, once per connection, as all new connections walk the portals in the nat table. One
 * rule for each block of 16 port numbers keeps it shorter than that: 313 rules for 5,000 proxy ports in a row, 1,700
 * where the kernel picks them at random. A Service that comes or goes changes one rule, not all those after it as
 * sorted groups of 15 would. A single rule for the whole proxy port range would refuse other programs' ports too.
 */
import type { IPFamily } from '../address.ts'
import { addressClass } from '../address.ts'
import { guardChain } from './iptables-layout.ts'

/** A listener to guard. All of it has been checked, see `RuleValues`. */
export interface GuardedListener {
  readonly protocol: 'tcp' | 'udp'
  readonly address: string
  /** 0 where it is not known yet; see `unknownPort` of `ServicePortRulesOptions`. */
  readonly port: number
}

/** `multiport` holds 15 numbers, a range counts as two: no block of 16 numbers needs more than 11. */
const blockSize = 16

/** Returns the rule lines of the guard chain for the listeners of one family. */
export function guardRules(
  listeners: readonly GuardedListener[],
  options: { readonly family: IPFamily; readonly unknownPort?: string },
): readonly string[] {
  const { family, unknownPort } = options
  const blocks = new Map<string, number[]>()
  for (const { protocol, address, port } of listeners) {
    const isWildcard = addressClass(address) === 'unspecified'
    const to = isWildcard ? '' : `-d ${address}/${family === 'IPv4' ? 32 : 128} `
    const key = `${to}-p ${protocol} ${Math.floor(port / blockSize)}`
    const ports = blocks.get(key)
    if (ports === undefined) blocks.set(key, [port])
    else ports.push(port)
  }
  return [...blocks].map(([key, ports]) => {
    const match = key.slice(0, key.lastIndexOf(' '))
    const dports = ports.includes(0) ? unknownPort : formatPorts(ports)
    const answer = match.endsWith('tcp') ? 'tcp-reset' : unreachable[family]
    return `-A ${guardChain} ${match} -m multiport --dports ${dports} -j REJECT --reject-with ${answer}`
  })
}

const unreachable = { IPv4: 'icmp-port-unreachable', IPv6: 'icmp6-port-unreachable' } as const

/** `20000:20003,20007`. */
function formatPorts(ports: readonly number[]): string {
  const runs: { first: number; last: number }[] = []
  for (const port of ports.toSorted((a, b) => a - b)) {
    const run = runs.at(-1)
    if (run !== undefined && port <= run.last + 1) run.last = port
    else runs.push({ first: port, last: port })
  }
  return runs.map(({ first, last }) => (first === last ? first : `${first}:${last}`)).join(',')
}
