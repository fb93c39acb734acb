/**
 * The flags of `run` that set an option of the library: name, help text, and how its text becomes a value.
 *
 * Names are kube-proxy's where it has the flag. Defaults are the library's, and its checks decide what is in range.
 */
import { availableParallelism } from 'node:os'
import type { Options } from 'yargs'
import type { ProxyOptions } from '../../lib/index.ts'
import { correction, defaults } from '../../lib/index.ts'
import { formatDuration } from '../duration.ts'
import type { Flags } from '../flags.ts'
import { badFlag } from '../flags.ts'

interface ProxyFlag {
  readonly name: string
  readonly option: keyof ProxyOptions
  readonly kind: 'text' | 'list' | 'duration' | 'threads'
  readonly describe: string
}

const proxyFlags: readonly ProxyFlag[] = [
  {
    name: 'workers',
    option: 'workers',
    kind: 'threads',
    describe: 'Threads that relay; auto: as many as there are cores',
  },
  {
    name: 'scheduler',
    option: 'scheduler',
    kind: 'text',
    describe: 'rr: each endpoint in its turn; lc: the one with the fewest connections',
  },
  {
    name: 'proxy-port-range',
    option: 'proxyPortRange',
    kind: 'text',
    describe:
      'Ports for proxy sockets whose own is taken: 8000-8999, 8000+999 or 8000. Default: any',
  },
  {
    name: 'hostname-override',
    option: 'nodeName',
    kind: 'text',
    describe: 'Name of the Node this runs on. Default: the host name',
  },
  {
    name: 'cluster-cidr',
    option: 'clusterCIDRs',
    kind: 'list',
    describe: 'Where pods have addresses; externalTrafficPolicy Local is not for them',
  },
  {
    name: 'service-proxy-name',
    option: 'serviceProxyName',
    kind: 'text',
    describe: 'Only Services whose label service.kubernetes.io/service-proxy-name is this',
  },
  {
    name: 'udp-timeout',
    option: 'udpTimeoutMs',
    kind: 'duration',
    describe: 'A UDP flow without a datagram either way ends after',
  },
  {
    name: 'iptables-sync-period',
    option: 'syncPeriodMs',
    kind: 'duration',
    describe: 'Look at everything again at least every',
  },
  {
    name: 'iptables-min-sync-period',
    option: 'minSyncPeriodMs',
    kind: 'duration',
    describe: 'Let at least so much time lie between two syncs',
  },
]

/** For yargs. */
export function proxyFlagOptions(): Record<string, Options> {
  return Object.fromEntries(
    proxyFlags.map(({ name, option, kind, describe }) => {
      const value =
        kind === 'duration' ? formatDuration(Number(defaults[option])) : String(defaults[option])
      const given = value === '' ? {} : { default: value }
      return [name, { type: 'string', requiresArg: true, describe, ...given }]
    }),
  )
}

/** @throws {CommandError} naming the flag, its text and what would be right */
export function readProxyFlags(flags: Flags): ProxyOptions {
  const given: Partial<ProxyOptions> = Object.fromEntries(
    proxyFlags.map(({ name, option, kind }) => {
      const value = readValue(flags, { name, kind })
      const right = correction(option, value)
      if (right !== undefined) {
        throw badFlag(name, flags.text(name), kind === 'threads' ? `auto or ${right}` : right)
      }
      return [option, value]
    }),
  )
  const options = { ...defaults, ...given }
  const { minSyncPeriodMs, syncPeriodMs } = options
  if (minSyncPeriodMs > syncPeriodMs) {
    const right = `at most the --iptables-sync-period of ${formatDuration(syncPeriodMs)}`
    throw badFlag('iptables-min-sync-period', flags.text('iptables-min-sync-period'), right)
  }
  return options
}

function readValue(flags: Flags, { name, kind }: Pick<ProxyFlag, 'name' | 'kind'>): unknown {
  if (kind === 'duration') return flags.duration(name)
  if (kind === 'threads') return threads(flags.text(name))
  return kind === 'list' ? (flags.list(name) ?? []) : flags.text(name)
}

function threads(text: string): number {
  if (text === 'auto') return Math.min(availableParallelism(), 64)
  return /^\d+$/.test(text) ? Number(text) : NaN
}
