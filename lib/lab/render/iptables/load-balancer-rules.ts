/**
 * loadBalancerRules: the rules of one load-balancer IP, with the chain that looks at source ranges. Pure.
 *
 * Whoever comes out at the end of KUBE-FW was admitted by no range, and is marked to be dropped.
 *
 * @see kubernetes v1.20 pkg/proxy/iptables/proxier.go `syncProxyRules`, "Capture load-balancer ingress"
 */
import { CIDR } from '../../../index.ts'
import type { KernelService } from '../kernel-service.ts'
import { serviceChain } from './chain-names.ts'
import type { IptablesRule } from './rule.ts'
import { ruleOf } from './rule.ts'

export function loadBalancerRules(
  service: KernelService,
  destination: string,
  { nodeAddress }: { readonly nodeAddress?: string | undefined },
): IptablesRule[] {
  const { text, protocol, port, sourceRanges, isExternalLocal } = service
  const firewall = serviceChain('FW', service)
  const chosen = serviceChain(isExternalLocal ? 'XLB' : 'SVC', service)
  const comment = `${text} loadbalancer IP`
  const rule = (jump: string, source?: string) =>
    ruleOf('nat', firewall, { ...(source !== undefined && { source }), comment, jump })
  const includesNode =
    nodeAddress !== undefined &&
    sourceRanges.some((range) => CIDR.parse(range)?.contains(nodeAddress))
  const sources = [...sourceRanges, ...(includesNode ? [destination] : [])]
  return [
    ruleOf('nat', 'KUBE-SERVICES', { destination, protocol, comment, port, jump: firewall }),
    ...(isExternalLocal ? [] : [rule('KUBE-MARK-MASQ')]),
    ...(sources.length === 0 ? [rule(chosen)] : sources.map((source) => rule(chosen, source))),
    rule('KUBE-MARK-DROP'),
  ]
}
