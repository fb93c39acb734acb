/**
 * idleFlags: flags that were given and have no effect with the portals that were chosen. They do no harm, but whoever
 * gave them expects something.
 */
import type { Flags } from './flags.ts'
import type { PortalModeName } from './portal-binders.ts'

/** A flag, and why it has no effect with a mode. */
const idle: readonly (readonly [flag: string, mode: PortalModeName, reason: string])[] = [
  ['service-cidr', 'none', 'cluster IPs are not served'],
  ['service-cidr', 'iptables', 'cluster IPs are served wherever they are'],
  ['external-ip-cidrs', 'none', 'external IPs are not served'],
  ['keep-portals', 'none', 'nothing is installed that could be left'],
  ['bind-address', 'anyip', 'the addresses of Services are listened on'],
  ['proxy-port-range', 'anyip', 'there are no proxy ports'],
]

/** One line for each of them: `--service-cidr has no effect with --portals none: cluster IPs are not served`. */
export function idleFlags(flags: Flags, mode: PortalModeName): readonly string[] {
  return idle
    .filter(([flag, itsMode]) => itsMode === mode && isGiven(flags, flag))
    .map(([flag, , reason]) => `--${flag} has no effect with --portals ${mode}: ${reason}`)
}

/** `''` gives nothing, as in a file of kube-proxy's. */
function isGiven(flags: Flags, name: string): boolean {
  return flags.isSet(name) || flags.text(name) !== ''
}
