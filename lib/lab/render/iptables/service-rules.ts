/**
 * serviceRules: the rules of one ServicePort in kube-proxy's iptables mode. Pure.
 *
 * Of 1.20 and 1.23 the chains are the same; where a packet is marked for masquerade differs, and who may dial external
 * IPs. Not as there: endpoints are chosen as this library chooses them, so that those that terminate and still serve
 * count.
 *
 * @see kubernetes v1.20 and v1.23 pkg/proxy/iptables/proxier.go `syncProxyRules`
 */
import type { KernelService } from '../kernel-service.ts'
import { serviceChain } from './chain-names.ts'
import { balancingRules, endpointRules } from './endpoint-rules.ts'
import { loadBalancerRules } from './load-balancer-rules.ts'
import { localChainRules } from './local-chain-rules.ts'
import type { IptablesRule, RuleParts } from './rule.ts'
import { ruleOf } from './rule.ts'

export interface ServiceRulesOptions {
  readonly release: '1.20' | '1.23'
  /** Where pods have addresses: who comes from elsewhere is masqueraded. `undefined`: nobody knows. */
  readonly clusterCIDR?: string | undefined
  /** Of this node: source ranges that include it admit it also when it dials a load-balancer IP it holds itself. */
  readonly nodeAddress?: string | undefined
}

export function serviceRules(service: KernelService, options: ServiceRulesOptions): IptablesRule[] {
  const { text, isInternalLocal, isExternalLocal, clusterEndpoints, localEndpoints } = service
  // What is Local for pods is Local for all in KUBE-SVC.
  const endpoints = isInternalLocal ? localEndpoints : clusterEndpoints
  if (endpoints.length === 0) return rejections(service)
  const chain = serviceChain('SVC', service)
  const reachable = new Map([...endpoints, ...localEndpoints].map((one) => [one.key, one]))
  return [
    ...clusterIPRules(service, options),
    ...service.externalIPs.flatMap((ip) => externalIPRules(service, ip, options)),
    ...service.loadBalancerIPs.flatMap((ip) => loadBalancerRules(service, ip, options)),
    ...nodePortRules(service, options),
    ...balancingRules(service, { chain, endpoints, comment: () => text }),
    ...[...reachable.values()].flatMap((endpoint) => endpointRules(service, endpoint)),
    ...(isExternalLocal ? localChainRules(service, options) : []),
  ]
}

function clusterIPRules(service: KernelService, options: ServiceRulesOptions): IptablesRule[] {
  const { text, clusterIP: destination, protocol, port } = service
  const chain = serviceChain('SVC', service)
  const parts = { destination, protocol, comment: `${text} cluster IP`, port }
  return [
    ...(options.clusterCIDR === undefined
      ? []
      : [mark(service, { ...parts, notSource: options.clusterCIDR }, 'KUBE-SERVICES', options)]),
    ruleOf('nat', 'KUBE-SERVICES', { ...parts, jump: chain }),
  ]
}

function externalIPRules(
  service: KernelService,
  destination: string,
  options: ServiceRulesOptions,
): IptablesRule[] {
  const { text, protocol, port, isExternalLocal } = service
  const { release, clusterCIDR } = options
  const jump = serviceChain(isExternalLocal ? 'XLB' : 'SVC', service)
  const parts = { destination, protocol, comment: `${text} external IP`, port }
  const isKnown = release === '1.23' && clusterCIDR !== undefined
  const from = isKnown ? { notSource: clusterCIDR } : {}
  const marks = isExternalLocal
    ? []
    : [mark(service, { ...parts, ...from }, 'KUBE-SERVICES', options)]
  if (release === '1.23') return [...marks, ruleOf('nat', 'KUBE-SERVICES', { ...parts, jump })]
  // From 1.21 on whoever dials it is led to the Service (kubernetes#96296).
  return [
    ...marks,
    matchingAfterPort({ ...parts, jump }, fromOutside),
    matchingAfterPort({ ...parts, jump }, toNode),
  ]
}

const fromOutside = '-m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL'
const toNode = '-m addrtype --dst-type LOCAL'

function nodePortRules(service: KernelService, options: ServiceRulesOptions): IptablesRule[] {
  const { text: comment, protocol, nodePort: port, family, isExternalLocal } = service
  if (port === 0) return []
  const parts = { protocol, comment, port }
  const chain = 'KUBE-NODEPORTS'
  const source = family === 'IPv4' ? '127.0.0.0/8' : '::1/128'
  return [
    isExternalLocal
      ? // Who dials localhost would come to the endpoint as a Martian.
        ruleOf('nat', chain, { ...parts, source, jump: 'KUBE-MARK-MASQ' })
      : mark(service, parts, chain, options),
    ruleOf('nat', chain, {
      ...parts,
      jump: serviceChain(isExternalLocal ? 'XLB' : 'SVC', service),
    }),
  ]
}

/** A mark stands where the packet comes in; since 1.22 in the chain of the Service. */
function mark(
  service: KernelService,
  parts: Omit<RuleParts, 'jump'>,
  entrance: string,
  { release }: ServiceRulesOptions,
): IptablesRule {
  const chain = release === '1.20' ? entrance : serviceChain('SVC', service)
  return ruleOf('nat', chain, { ...parts, jump: 'KUBE-MARK-MASQ' })
}

function matchingAfterPort(
  { port, matches = [], ...parts }: RuleParts,
  match: string,
): IptablesRule {
  const ofPort = `-m ${parts.protocol} --dport ${port}`
  return ruleOf('nat', 'KUBE-SERVICES', { ...parts, matches: [...matches, ofPort, match] })
}

/** What a Service without endpoints gets: an answer at once, instead of silence. */
function rejections(service: KernelService): IptablesRule[] {
  const { text, protocol, family, clusterIP, port, nodePort, externalIPs, loadBalancerIPs } =
    service
  const icmp = family === 'IPv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable'
  const jump = `REJECT --reject-with ${icmp}`
  const parts = { protocol, comment: `${text} has no endpoints`, jump }
  const external = 'KUBE-EXTERNAL-SERVICES'
  const nodePortMatch = { ...parts, matches: [toNode], port: nodePort }
  return [
    ruleOf('filter', 'KUBE-SERVICES', { ...parts, destination: clusterIP, port }),
    ...[...externalIPs, ...loadBalancerIPs].map((destination) =>
      ruleOf('filter', external, { ...parts, destination, port }),
    ),
    ...(nodePort === 0 ? [] : [ruleOf('filter', external, nodePortMatch)]),
  ]
}
