/**
 * servicePortRules: the iptables rules of one entry of a ServicePort, from its bound listeners. Pure.
 *
 * Two rules for a cluster IP or load-balancer IP, three for an external IP or node port, as in Kubernetes' userspace
 * mode. It differs in three things: external IPs need leave (CVE-2020-8554); two rules more serve them to pods and to the
 * node itself; and a node port is redirected only on addresses whose listener we hold, so that a port of another program
 * is never taken away from it.
 *
 * @see kubernetes v1.25 pkg/proxy/userspace/proxier.go `openPortal`, `openNodePort`
 */
import type { CIDR } from '../address.ts'
import { addressClass } from '../address.ts'
import type { Way } from '../model/entry.ts'
import { externalChain, externalHostChain } from './iptables-layout.ts'
import type { BoundListener, BoundServicePort } from './portal-binder.ts'
import { RuleValues } from './rule-values.ts'

export interface ServicePortRulesOptions {
  /** Where the node's own clients are sent when the proxy socket listens on the wildcard address. */
  readonly nodeAddress: string
  /** External IPs outside of these are left alone. */
  readonly externalIPCIDRs: readonly CIDR[]
  /** Stands for proxy ports that are 0, not known yet, in a rule set that is shown and not installed. */
  readonly unknownPort?: string
}

/** The name of one of our chains, and a rule line for it. */
export type ChainRule = readonly [chain: string, line: string]

/**
 * Returns the rules of `bound`; none where it has no proxy port.
 *
 * @throws {ProxyError} ERR_PORTAL where a name, address or port of it has no business in a rule
 */
export function servicePortRules(
  bound: BoundServicePort,
  options: ServicePortRulesOptions,
): readonly ChainRule[] {
  const { servicePort, entry, listeners } = bound
  const has = (way: Way) => entry.ways.includes(way)
  const proxy = listeners.find(({ role }) => role === 'proxy-port')
  if (proxy === undefined) return []

  const values = new RuleValues(servicePort, entry)
  const protocol = values.protocol()
  const rule = (chain: string, destination: string | undefined, port: string, rest: string) => {
    const to = destination === undefined ? '' : `-d ${destination}/${prefixLength(destination)} `
    const comment = `-m comment --comment "${values.comment()}"`
    const line = `-A ${chain} ${to}-p ${protocol} ${comment} -m ${protocol} --dport ${port} ${rest}`
    return [chain, line] as const
  }

  const proxyPort =
    proxy.port === 0 && options.unknownPort !== undefined
      ? options.unknownPort
      : values.port(proxy.port)
  const isWildcard = addressClass(values.address(proxy.address)) === 'unspecified'
  const hostAddress = values.address(isWildcard ? options.nodeAddress : proxy.address)
  const toHost = `-j DNAT --to-destination ${bracketed(hostAddress)}:${proxyPort}`
  // REDIRECT leads to the address of the interface a packet came in by, so a wildcard listener needs no route to it.
  const toContainer = isWildcard ? `-j REDIRECT --to-ports ${proxyPort}` : toHost

  const port = values.port(servicePort.port)
  const portal = (address: string) => [
    rule('KUBE-PORTALS-CONTAINER', values.portal(address), port, toContainer),
    rule('KUBE-PORTALS-HOST', values.portal(address), port, toHost),
  ]
  // The original left an external IP that is not this node's to the network when a pod on a bridge or the node itself
  // dialled it: another machine was to answer. Since v1.21 kube-proxy's iptables mode takes it for the Service whoever
  // dials (kubernetes#96296; v1.34 pkg/proxy/iptables/proxier.go `Capture externalIPs`). The last two rules see what the
  // first three leave, and lead it to the same place.
  const externalIP = (address: string) => [
    rule('KUBE-PORTALS-CONTAINER', values.portal(address), port, `${notFromBridge} ${toContainer}`),
    rule('KUBE-PORTALS-CONTAINER', values.portal(address), port, `${toNode} ${toContainer}`),
    rule('KUBE-PORTALS-HOST', values.portal(address), port, `${toNode} ${toHost}`),
    rule(externalChain, values.portal(address), port, toContainer),
    rule(externalHostChain, values.portal(address), port, toHost),
  ]
  const nodePort = (listener: BoundListener) => {
    const kind = addressClass(values.address(listener.address))
    const destination = kind === 'unspecified' ? undefined : listener.address
    const port = values.port(listener.port)
    // On localhost the listener itself is dialled. No packet from outside may be led there (CVE-2020-8558).
    if (kind === 'loopback') return []
    return [
      rule('KUBE-NODEPORT-CONTAINER', destination, port, toContainer),
      rule('KUBE-NODEPORT-HOST', destination, port, toHost),
      rule('KUBE-NODEPORT-NON-LOCAL', undefined, proxyPort, '-m state --state NEW -j ACCEPT'),
    ]
  }

  const isAllowed = (address: string) =>
    options.externalIPCIDRs.some((cidr) => cidr.contains(address))
  const virtualIPs = servicePort.loadBalancerIngress.filter(({ ipMode }) => ipMode === 'VIP')
  return [
    ...(servicePort.clusterIP === undefined || !has('cluster-ip')
      ? []
      : portal(servicePort.clusterIP)),
    ...(has('external-ip') ? servicePort.externalIPs.filter(isAllowed).flatMap(externalIP) : []),
    ...(has('load-balancer-ip') ? virtualIPs.flatMap(({ ip }) => portal(ip)) : []),
    ...listeners.filter(({ role }) => role === 'node-port').flatMap(nodePort),
  ]
}

const notFromBridge = '-m physdev ! --physdev-is-in'
const toNode = '-m addrtype --dst-type LOCAL'

const prefixLength = (address: string) => (address.includes(':') ? 128 : 32)
const bracketed = (address: string) => (address.includes(':') ? `[${address}]` : address)
