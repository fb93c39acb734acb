/**
 * portalChains: the nine chains we own, where each is entered from, and the shape of a rule set.
 *
 * Five are those of Kubernetes' userspace mode, jumps and comments to the letter; four are ours. The order of the rows
 * is the order of the jumps within their hook.
 *
 * @see kubernetes v1.25 pkg/proxy/userspace/proxier.go `iptablesInit`
 */

export type TableName = 'filter' | 'nat'

export interface PortalChain {
  readonly table: TableName
  readonly name: string
  /** The chain of the kernel that jumps here. */
  readonly hook: string
  /** Whether the jump stands before all other rules of the hook, or after them. */
  readonly place: 'first' | 'last'
  /** The jump, as `iptables-save` prints it. */
  readonly jump: string
}

/**
 * Rule lines (`-A CHAIN …`) by table and chain, as `iptables-save` prints them. A wanted set holds our chains and, in
 * the hooks, our jumps; a parsed one also the foreign rules of the hooks, which tell where our jumps stand.
 */
export type RuleSet = Readonly<Record<TableName, ReadonlyMap<string, readonly string[]>>>

export const guardChain = 'USERSPACE-PROXY-GUARD'
export const localhostChain = 'USERSPACE-PROXY-LOCALHOST'
export const externalChain = 'USERSPACE-PROXY-EXTERNAL'
/** Not EXTERNAL-HOST: the kernel holds 28 characters. */
export const externalHostChain = 'USERSPACE-PROXY-EXT-HOST'

const portals =
  '-m comment --comment "handle ClusterIPs; NOTE: this must be before the NodePort rules"'
const nodePorts =
  '-m addrtype --dst-type LOCAL -m comment --comment "handle service NodePorts; NOTE: this must be the last rule in the chain"'
const nonLocal = '-m comment --comment "Ensure that non-local NodePort traffic can flow"'
// One rule spares all packets that are none of the guard's business the walk through its chain: those that a redirect
// brought here, answers, and connections that were let in before. What is left is the first packet of something.
const guard =
  '-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -m comment --comment "proxy ports are for redirected traffic only"'
const localhost =
  '-m addrtype --dst-type LOCAL -m comment --comment "node ports on localhost are listened on, not redirected"'

const external = '-m comment --comment "external IPs, whoever dials them"'

const rows: readonly (readonly [TableName, string, string, 'first' | 'last', string])[] = [
  // The guard comes first: what the next chain accepts is never looked at again.
  ['filter', guardChain, 'INPUT', 'first', guard],
  ['filter', 'KUBE-NODEPORT-NON-LOCAL', 'INPUT', 'first', nonLocal],
  ['nat', 'KUBE-PORTALS-CONTAINER', 'PREROUTING', 'first', portals],
  // Behind Kubernetes' own, which leave the external IPs of others to whoever comes from a bridge or from this node.
  ['nat', externalChain, 'PREROUTING', 'first', external],
  ['nat', 'KUBE-NODEPORT-CONTAINER', 'PREROUTING', 'last', nodePorts],
  ['nat', 'KUBE-PORTALS-HOST', 'OUTPUT', 'first', portals],
  ['nat', externalHostChain, 'OUTPUT', 'first', external],
  // A datagram to 127.0.0.1 that is redirected to the node's address gets its answer from 127.0.0.1, which is not where
  // it went, and no client takes it. This ends the way of such packets through the table: only the next row is behind.
  ['nat', localhostChain, 'OUTPUT', 'last', localhost],
  ['nat', 'KUBE-NODEPORT-HOST', 'OUTPUT', 'last', nodePorts],
]

export const portalChains: readonly PortalChain[] = rows.map(
  ([table, name, hook, place, match]) => {
    return { table, name, hook, place, jump: `-A ${hook} ${match} -j ${name}` }
  },
)

/** Chains that every table has, in the order in which `iptables-save` names them. */
export const kernelChains: Readonly<Record<TableName, readonly string[]>> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
}
