/**
 * localChainRules: KUBE-XLB, the chain for who comes from outside to a Service whose external policy is Local. Pure.
 *
 * Pods and the node itself are not outside and go to KUBE-SVC; all others get an endpoint of this node, or none.
 *
 * @see kubernetes v1.20 pkg/proxy/iptables/proxier.go `syncProxyRules`, "only if this service is marked as OnlyLocal"
 */
import type { KernelService } from '../kernel-service.ts'
import { serviceChain } from './chain-names.ts'
import { balancingRules } from './endpoint-rules.ts'
import type { IptablesRule } from './rule.ts'
import { ruleOf } from './rule.ts'
import type { ServiceRulesOptions } from './service-rules.ts'

export function localChainRules(
  service: KernelService,
  { clusterCIDR, release }: ServiceRulesOptions,
): IptablesRule[] {
  const { text, localEndpoints: endpoints } = service
  const chain = serviceChain('XLB', service)
  const jump = serviceChain('SVC', service)
  const rule = (comment: string, jump: string, source?: string) =>
    ruleOf('nat', chain, { ...(source !== undefined && { source }), comment, jump })
  const fromNode = (comment: string, jump: string) =>
    ruleOf('nat', chain, { comment, matches: ['-m addrtype --src-type LOCAL'], jump })
  return [
    ...(clusterCIDR === undefined ? [] : [rule(redirectPods, jump, clusterCIDR)]),
    fromNode(`masquerade LOCAL traffic for ${text} LB IP`, 'KUBE-MARK-MASQ'),
    fromNode(`route LOCAL traffic for ${text} LB IP to service chain`, jump),
    ...(endpoints.length === 0 ? [rule(`${text} has no local endpoints`, 'KUBE-MARK-DROP')] : []),
    ...balancingRules(service, {
      chain,
      endpoints,
      comment: (index) => (release === '1.20' ? `Balancing rule ${index} for ${text}` : text),
    }),
  ]
}

const redirectPods = 'Redirect pods trying to reach external loadbalancer VIP to clusterIP'
