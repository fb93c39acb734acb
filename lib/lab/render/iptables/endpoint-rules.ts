/**
 * balancingRules, endpointRules: the dice that choose an endpoint, and the chain that leads to it. Pure.
 *
 * The first of three endpoints is taken with probability 1/3, the second of the two that are left with 1/2, the last
 * always. With session affinity, lists of the module `recent` are asked before the dice.
 *
 * @see kubernetes v1.20 pkg/proxy/iptables/proxier.go `syncProxyRules`, from "Generate the per-endpoint chains"
 */
import type { Endpoint } from '../../../index.ts'
import type { KernelService } from '../kernel-service.ts'
import { endpointChain } from './chain-names.ts'
import type { IptablesRule } from './rule.ts'
import { ruleOf } from './rule.ts'

/** What kube-proxy writes for one of `n`: ten digits. */
export function probability(n: number): string {
  return (1 / n).toFixed(10)
}

/** What `iptables-save` prints for it: the kernel holds 31 bits. */
export function savedProbability(n: number): string {
  return (Math.round(Number(probability(n)) * 2 ** 31) / 2 ** 31).toFixed(11)
}

export interface BalancingOptions {
  readonly chain: string
  readonly endpoints: readonly Endpoint[]
  /** Of the dice; the lists of `recent` are always commented with the name of the ServicePort. */
  readonly comment: (index: number) => string
}

export function balancingRules(
  service: KernelService,
  { chain, endpoints, comment }: BalancingOptions,
): IptablesRule[] {
  const { text, affinitySeconds } = service
  const remembered = affinitySeconds === 0 ? [] : endpoints
  return [
    ...remembered.map((endpoint) => {
      const jump = endpointChain(service, endpoint)
      const matches = [recent(`--rcheck --seconds ${affinitySeconds} --reap`, service, jump)]
      return ruleOf('nat', chain, { comment: text, matches, jump })
    }),
    ...endpoints.map((endpoint, index) => {
      const left = endpoints.length - index
      const dice = `-m statistic --mode random --probability ${savedProbability(left)}`
      return ruleOf('nat', chain, {
        comment: comment(index),
        matches: left > 1 ? [dice] : [],
        jump: endpointChain(service, endpoint),
      })
    }),
  ]
}

/** The rules of the chain of one endpoint. */
export function endpointRules(service: KernelService, endpoint: Endpoint): IptablesRule[] {
  const { text: comment, protocol, affinitySeconds } = service
  const chain = endpointChain(service, endpoint)
  const remember = affinitySeconds === 0 ? [] : [recent('--set', service, chain)]
  return [
    // An endpoint that was led to itself would answer to its own address, past this node.
    ruleOf('nat', chain, { source: endpoint.address, comment, jump: 'KUBE-MARK-MASQ' }),
    ruleOf('nat', chain, {
      protocol,
      comment,
      matches: [...remember, `-m ${protocol}`],
      jump: `DNAT --to-destination ${endpoint.key}`,
    }),
  ]
}

function recent(what: string, { family }: KernelService, name: string): string {
  const mask = family === 'IPv4' ? '255.255.255.255' : Array<string>(8).fill('ffff').join(':')
  return `-m recent ${what} --name ${name} --mask ${mask} --rsource`
}
