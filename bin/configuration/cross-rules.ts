/**
 * applyCrossRules: what fields of a KubeProxyConfiguration mean for each other.
 *
 * @see kubernetes v1.37 pkg/proxy/apis/config/v1alpha1/defaults.go, pkg/proxy/apis/config/validation/validation.go
 */
import { defaults, parseHostPort } from '../../lib/index.ts'
import { formatDuration, parseDuration } from '../duration.ts'
import type { Findings } from './findings.ts'
import { shown } from './findings.ts'
import { ipv6Defaults } from './flag-rules.ts'

/** A field that says something: it is neither absent nor null nor zero, and right. */
export interface GivenField {
  /** As it would be typed behind a flag. */
  readonly text: string
  readonly offset: number
}

/** @param given by their paths; fields are put in and taken out */
export function applyCrossRules(
  given: Map<string, GivenField>,
  notes: Findings,
  errors: Findings,
): void {
  comparePeriods(given, errors)
  tellUdpTimeout(given, notes)
  applyLocalMode(given, notes)
  applyScheduler(given, notes)
  addIPv6Defaults(given)
}

/** Where one of them is not in the file, the flags are compared. */
function comparePeriods(given: ReadonlyMap<string, GivenField>, errors: Findings): void {
  const period = given.get('iptables.syncPeriod')
  const least = given.get('iptables.minSyncPeriod')
  if (period === undefined || least === undefined) return
  if (Number(parseDuration(least.text)) <= Number(parseDuration(period.text))) return
  const right = `at most the iptables.syncPeriod of ${period.text}`
  errors.add(
    least.offset,
    () => `iptables.minSyncPeriod is ${shown(least.text)}; ${right} would be right`,
  )
}

/** Whoever has let kube-proxy write the file has never asked for it. */
function tellUdpTimeout(given: ReadonlyMap<string, GivenField>, notes: Findings): void {
  const timeout = given.get('udpIdleTimeout')
  if (timeout?.text !== '250ms') return
  const ours = formatDuration(defaults.udpTimeoutMs)
  notes.add(
    timeout.offset,
    () =>
      `udpIdleTimeout is 250ms, kube-proxy's default: slower answers are lost; without it, it is ${ours}`,
  )
}

function applyLocalMode(given: Map<string, GivenField>, notes: Findings): void {
  const mode = given.get('detectLocalMode')
  const cidr = given.get('clusterCIDR')
  if (mode?.text === 'NodeCIDR') {
    given.delete('clusterCIDR')
    const what = cidr === undefined ? '' : ', and clusterCIDR is not'
    notes.add(
      mode.offset,
      () => `detectLocalMode is NodeCIDR: the Pod CIDRs of this Node are used${what}`,
    )
  } else if (mode !== undefined && mode.text !== 'ClusterCIDR') {
    const instead = cidr === undefined ? '' : ', but clusterCIDR has'
    notes.add(
      mode.offset,
      () =>
        `detectLocalMode ${mode.text} has no effect: which interface a client comes from is not seen here${instead}`,
    )
  }
}

/** Of those of IPVS there are two here. All weights are equal, so that `wrr` is `rr` and `wlc` is `lc`. */
function applyScheduler(given: Map<string, GivenField>, notes: Findings): void {
  const field = given.get('ipvs.scheduler')
  if (field === undefined) return
  const text = field.text.replace(/^w(?=rr$|lc$)/, '')
  if (text === 'rr' || text === 'lc') given.set('ipvs.scheduler', { ...field, text })
  else {
    given.delete('ipvs.scheduler')
    notes.add(
      field.offset,
      () => `ipvs.scheduler ${shown(field.text)} has no effect: there are rr and lc here`,
    )
  }
}

function addIPv6Defaults(given: Map<string, GivenField>): void {
  const bind = given.get('bindAddress')
  // Written as IPv6, `::ffff:10.0.0.1` is IPv4 all the same.
  const address = bind && parseHostPort(`[${bind.text}]:0`)?.address
  if (bind === undefined || !address?.includes(':')) return
  for (const [path, text] of Object.entries(ipv6Defaults)) {
    if (!given.has(path)) given.set(path, { text, offset: bind.offset })
  }
}
