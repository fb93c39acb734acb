/**
 * Entry: the ways into a ServicePort that share one traffic policy and one list of who may come in.
 *
 * A proxy in userspace cannot ask the kernel which address a redirected client dialled. So what differs by way of entry
 * needs a proxy socket of its own; most Services have one policy for all ways, and one entry.
 *
 * @see kubernetes v1.34 pkg/proxy/serviceport.go ExternallyAccessible, UsesLocalEndpoints; pkg/proxy/iptables/proxier.go,
 * where an entry is a KUBE-SVC, KUBE-EXT or KUBE-FW chain
 */

/** The key of the proxy socket of an entry; that of `internal` is the ServicePort's own. */
export function entryKey(servicePortKey: string, name: EntryName): string {
  return name === 'internal' ? servicePortKey : `${servicePortKey}/${name}`
}

/** Returns the name of the entry that has this key. */
export function entryNameOf(entryKey: string): EntryName {
  const [, name] = /\/(external|load-balancer)$/.exec(entryKey) ?? []
  return (name ?? 'internal') as EntryName
}

/** Returns the key of the ServicePort that has the entry of this key. */
export function servicePortKeyOf(entryKey: string): string {
  return entryKey.replace(/\/(?:external|load-balancer)$/, '')
}

/** `internal` comes first and is always there; the others are where they differ from it. */
export type EntryName = 'internal' | 'external' | 'load-balancer'

export const entryNames: readonly EntryName[] = Object.freeze([
  'internal',
  'external',
  'load-balancer',
])

/** What a client dialled. */
export type Way = 'cluster-ip' | 'external-ip' | 'load-balancer-ip' | 'node-port'

/** `Local`: only endpoints on this node. */
export type TrafficPolicy = 'Cluster' | 'Local'

export interface Entry {
  readonly name: EntryName
  readonly ways: readonly Way[]
  readonly trafficPolicy: TrafficPolicy
  /** CIDRs of the clients that may come in; `undefined`: anyone. Of an empty list, nobody. */
  readonly sourceRanges: readonly string[] | undefined
}

export interface EntryPolicies {
  readonly internalTrafficPolicy: TrafficPolicy
  readonly externalTrafficPolicy: TrafficPolicy
  /** For load-balancer IPs only; `undefined`: anyone. */
  readonly sourceRanges: readonly string[] | undefined
  /** Whether there is a node port, external IP or load-balancer IP that we capture. */
  readonly isExternallyAccessible: boolean
  readonly hasLoadBalancerIP: boolean
}

const externalWays: readonly Way[] = ['external-ip', 'load-balancer-ip', 'node-port']

/** The entries of a ServicePort. Each way is in exactly one of them. */
export function entriesOf(policies: EntryPolicies): [Entry, ...Entry[]] {
  const { internalTrafficPolicy, externalTrafficPolicy, isExternallyAccessible } = policies
  const isRestricted = policies.sourceRanges !== undefined && policies.hasLoadBalancerIP
  const isFree = (way: Way): boolean => way !== 'load-balancer-ip' || !isRestricted
  const isSplit =
    isExternallyAccessible &&
    (internalTrafficPolicy === 'Local' || externalTrafficPolicy === 'Local')
  const entries: [Entry, ...Entry[]] = [
    {
      name: 'internal',
      ways: isSplit ? ['cluster-ip'] : ['cluster-ip', ...externalWays.filter(isFree)],
      trafficPolicy: internalTrafficPolicy,
      sourceRanges: undefined,
    },
  ]
  if (isSplit) {
    entries.push({
      name: 'external',
      ways: externalWays.filter(isFree),
      trafficPolicy: externalTrafficPolicy,
      sourceRanges: undefined,
    })
  }
  if (isRestricted) {
    entries.push({
      name: 'load-balancer',
      ways: ['load-balancer-ip'],
      trafficPolicy: externalTrafficPolicy,
      sourceRanges: policies.sourceRanges,
    })
  }
  return entries
}
