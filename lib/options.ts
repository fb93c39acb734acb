/**
 * Every number and address a user can set: name, default, unit and reason, in one place.
 *
 * The command line takes its defaults and help texts from here. `parseOptions` is the only way in: above it, options
 * are known to be whole and in range.
 */
import { addressFamily, CIDR } from './address.ts'
import { ProxyError } from './errors.ts'
import { dnsSubdomain, labelValue } from './model/dns-name.ts'

export type Scheduler = (typeof schedulers)[number]

export const schedulers = Object.freeze(['rr', 'lc'] as const)

export interface RelayOptions {
  /** Threads that relay. 1: none besides the main thread. */
  readonly workers: number
  /** Which endpoint comes next: `rr` each in its turn, `lc` the one with the fewest connections. As ipvsadm names them. */
  readonly scheduler: Scheduler
  /** How long a dial may take, in ms, for the first, second, … attempt of a connection. */
  readonly dialTimeoutsMs: readonly number[]
  /** A connection of which one side has ended is reset when no byte has moved for so long, in ms. 0: never. */
  readonly halfCloseTimeoutMs: number
  /** A connection whose receiver takes no byte for so long, in ms, is reset. 0: never. */
  readonly stallTimeoutMs: number
  /** TCP keep-alive on both legs begins after so many ms of silence. 0: none. */
  readonly keepAliveMs: number
  /** A UDP flow without a datagram either way ends after so many ms. */
  readonly udpTimeoutMs: number
  /** UDP flows of one ServicePort; the one idle for longest makes room. */
  readonly maxUdpFlows: number
  /** Read accepted sockets into buffers that are used again, where this Node was seen to do it. False: as Node documents. */
  readonly fastReads: boolean
  /** File descriptors the data plane may hold. 0: what the process may open, less what it holds and a reserve. */
  readonly maxDescriptors: number
  /** Clients remembered for each ServicePort with ClientIP affinity; the oldest makes room. */
  readonly maxAffinityClients: number
  /** Ports for proxy sockets, `8000-8999`, `8000+999` or `8000`. `''`: any free port. */
  readonly proxyPortRange: string
}

export interface ProxyOptions extends RelayOptions {
  /** Name of the Node this runs on, for traffic policies and hints. `''`: not known, no endpoint is local. */
  readonly nodeName: string
  /** Where pods have their addresses: for them an external traffic policy Local does not count. Default: the Node's podCIDRs. */
  readonly clusterCIDRs: readonly string[]
  /** Serve Services with the label `service.kubernetes.io/service-proxy-name` of this value. `''`: those without it. */
  readonly serviceProxyName: string
  /** External IPs of Services within these CIDRs are served, all others are dropped (CVE-2020-8554). */
  readonly externalIPCIDRs: readonly string[]
  /** Address the proxy sockets listen on. */
  readonly bindAddress: string
  /** The world is looked at again at least so often, in ms, even when no event came. */
  readonly syncPeriodMs: number
  /** At least so many ms lie between two syncs; events in between are served by one. */
  readonly minSyncPeriodMs: number
}

export const defaults: ProxyOptions = Object.freeze({
  bindAddress: '127.0.0.1',
  nodeName: '',
  clusterCIDRs: Object.freeze([]),
  serviceProxyName: '',
  externalIPCIDRs: Object.freeze([]),
  workers: 1,
  scheduler: 'rr',
  // kubernetes v1.25 pkg/proxy/userspace/proxysocket.go EndpointDialTimeouts
  dialTimeoutsMs: Object.freeze([250, 500, 1000, 2000]),
  // kube-proxy's conntrack.tcpCloseWaitTimeout: what users of the kernel modes have
  halfCloseTimeoutMs: 3_600_000,
  stallTimeoutMs: 3_600_000,
  // Go's default of the original; finds a dead peer, and keeps state in middle boxes alive
  keepAliveMs: 15_000,
  // The original's 250 ms lost slow answers (kubernetes#14939)
  udpTimeoutMs: 60_000,
  maxUdpFlows: 10_000,
  fastReads: true,
  maxDescriptors: 0,
  maxAffinityClients: 100_000,
  proxyPortRange: '',
  // kube-proxy's iptables.syncPeriod and minSyncPeriod; our floor is lower because a sync costs next to nothing
  syncPeriodMs: 30_000,
  minSyncPeriodMs: 50,
})

/** What each option accepts, in the words of an error message. */
type Check = { readonly right: string; readonly holds: (value: unknown) => boolean }

function integer(least: number, most: number, unit = ''): Check {
  return {
    right: `a whole number from ${least} to ${most}${unit}`,
    holds: (value) =>
      Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
  }
}

/** The longest time a Node timer can wait: 2^31 - 1 ms, almost 25 days. Longer ones fire at once. */
const longestTimer = 2_147_483_647

const cidrs: Check = {
  right: 'a list of CIDRs (198.51.100.0/24)',
  holds: (value) =>
    Array.isArray(value) && value.every((text) => typeof text === 'string' && CIDR.parse(text)),
}

const checks: Readonly<Record<keyof ProxyOptions, Check>> = {
  bindAddress: {
    right: 'an IPv4 or IPv6 address',
    holds: (value) => typeof value === 'string' && addressFamily(value) !== undefined,
  },
  externalIPCIDRs: cidrs,
  clusterCIDRs: cidrs,
  nodeName: {
    right: `"" or ${dnsSubdomain.right}`,
    holds: (value) => typeof value === 'string' && (value === '' || dnsSubdomain.holds(value)),
  },
  serviceProxyName: {
    right: labelValue.right,
    holds: (value) => typeof value === 'string' && labelValue.holds(value),
  },
  workers: integer(1, 64),
  scheduler: {
    right: schedulers.join(' or '),
    holds: (value) => schedulers.some((scheduler) => scheduler === value),
  },
  dialTimeoutsMs: {
    right: 'a list of 1 to 16 whole numbers from 1 to 60000 ms',
    holds: (value) =>
      Array.isArray(value) &&
      value.length > 0 &&
      value.length <= 16 &&
      value.every(integer(1, 60_000).holds),
  },
  halfCloseTimeoutMs: integer(0, longestTimer, ' ms'),
  stallTimeoutMs: integer(0, longestTimer, ' ms'),
  keepAliveMs: integer(0, longestTimer, ' ms'),
  udpTimeoutMs: integer(1, longestTimer, ' ms'),
  maxUdpFlows: integer(1, 1_000_000),
  fastReads: { right: 'true or false', holds: (value) => typeof value === 'boolean' },
  maxDescriptors: integer(0, 10_000_000),
  maxAffinityClients: integer(1, 10_000_000),
  proxyPortRange: {
    right: '"" or a range of ports from 1 to 65535: 8000-8999, 8000+999 or 8000',
    holds: (value) =>
      typeof value === 'string' && (value === '' || parsePortRange(value) !== undefined),
  },
  syncPeriodMs: integer(100, longestTimer, ' ms'),
  minSyncPeriodMs: integer(0, longestTimer, ' ms'),
}

/**
 * Fills in the defaults and returns options that are whole, in range and frozen. A key whose value is `undefined`
 * counts as absent.
 *
 * @throws {ProxyError} ERR_INVALID_OPTION naming the key, its value and what would be right
 */
export function parseOptions(input: Partial<ProxyOptions> = {}): ProxyOptions {
  const given = Object.entries(input).filter(([, value]) => value !== undefined)
  for (const [key, value] of given) {
    if (!Object.hasOwn(checks, key)) {
      throw invalidOption(key, 'is not an option', `one of ${Object.keys(checks).join(', ')}`)
    }
    const right = correction(key as keyof ProxyOptions, value)
    if (right !== undefined) throw invalidOption(key, `is ${JSON.stringify(value)}`, right)
  }
  const options: ProxyOptions = { ...defaults, ...Object.fromEntries(given) }
  if (options.minSyncPeriodMs > options.syncPeriodMs) {
    throw invalidOption(
      'minSyncPeriodMs',
      `is ${options.minSyncPeriodMs}`,
      `at most syncPeriodMs (${options.syncPeriodMs})`,
    )
  }
  return Object.freeze(options)
}

/** What would be right for an option, in words; `undefined` where `value` is. For those who know it by another name. */
export function correction(key: keyof ProxyOptions, value: unknown): string | undefined {
  const { right, holds } = checks[key]
  return holds(value) ? undefined : right
}

/** The error for an option that cannot be used: `port is 70000; a whole number from 1 to 65535 would be right`. */
export function invalidOption(name: string, what: string, right: string): ProxyError {
  return new ProxyError('ERR_INVALID_OPTION', `${name} ${what}; ${right} would be right`)
}

export interface PortRange {
  readonly first: number
  readonly last: number
}

/** Reads `8000-8999`, `8000+999` (999 more) or `8000`; `undefined` where it is none of them. */
export function parsePortRange(text: string): PortRange | undefined {
  const match = /^([1-9]\d{0,4})(?:([-+])([1-9]\d{0,4}))?$/.exec(text)
  if (match === null) return undefined
  const first = Number(match[1])
  const second = Number(match[3] ?? first)
  const last = match[2] === '+' ? first + second : second
  return first <= last && last <= 65_535 ? { first, last } : undefined
}
