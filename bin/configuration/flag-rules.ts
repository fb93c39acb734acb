/**
 * flagRules: what the text of a field must be to stand behind its flag.
 *
 * The same checks as those of the flags, made here once more so that a fault is told with its place in the file and not
 * with the name of a flag that nobody has typed.
 */
import { correction, formatHostPort, parseHostPort } from '../../lib/index.ts'
import type { ProxyOptions } from '../../lib/index.ts'
import { parseDuration } from '../duration.ts'

/** Says what would have been typed, or what would be right. */
export type FlagRule = (text: string) => Verdict

type Verdict = { readonly typed: string } | { readonly right: string }

/** Ports of kube-proxy, where an address comes without one. */
const healthzPort = 10256
const metricsPort = 10249

const nodeportWords: ReadonlySet<string> = new Set(['primary', 'localhost', 'all'])

/** By the names of the flags; those that are not here take any text. */
export const flagRules: ReadonlyMap<string, FlagRule> = new Map<string, FlagRule>([
  ['bind-address', (text) => verdict(text, correction('bindAddress', text))],
  ['healthz-bind-address', hostPortRule(healthzPort)],
  ['metrics-bind-address', hostPortRule(metricsPort)],
  ['cluster-cidr', (text) => cidrs(text, text.split(','), 'a CIDR, or one for each IP family')],
  [
    'nodeport-addresses',
    (text) => {
      const list = text.split(',').filter((entry) => !nodeportWords.has(entry))
      return cidrs(text, list, 'a list of CIDRs and of the words primary, localhost and all')
    },
  ],
  ['proxy-port-range', portRange],
  ['udp-timeout', durationRule('udpTimeoutMs')],
  ['iptables-sync-period', durationRule('syncPeriodMs')],
  ['iptables-min-sync-period', durationRule('minSyncPeriodMs')],
])

/** By the paths of fields: where kube-proxy listens if `bindAddress` is IPv6 and the file says nothing else. */
export const ipv6Defaults: Readonly<Record<string, string>> = {
  healthzBindAddress: formatHostPort('::', healthzPort),
  metricsBindAddress: formatHostPort('::1', metricsPort),
}

function verdict(typed: string, right: string | undefined): Verdict {
  return right === undefined ? { typed } : { right }
}

function hostPortRule(port: number): FlagRule {
  const right = `an address, with or without a port, such as 127.0.0.1:${port}`
  return (text) => {
    const place = parseHostPort(text) ?? parseHostPort(formatHostPort(text, port))
    return place === undefined ? { right } : { typed: formatHostPort(place.address, place.port) }
  }
}

function durationRule(option: keyof ProxyOptions): FlagRule {
  return (text) => verdict(text, correction(option, parseDuration(text)))
}

function cidrs(text: string, list: readonly string[], right: string): Verdict {
  return verdict(text, correction('externalIPCIDRs', list) && right)
}

/** `0`, `0-0` and `0+0` are how kube-proxy says "any port". */
function portRange(text: string): Verdict {
  const range = text.trim()
  const typed = /^0+(?:[-+]0+)?$/.test(range) ? '' : range
  return verdict(typed, correction('proxyPortRange', typed))
}
