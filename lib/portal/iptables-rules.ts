/**
 * iptablesRules: all rules of one family for a set of ServicePorts, in the form that `iptables-save` prints. Pure.
 *
 * @see kubernetes v1.25 pkg/proxy/userspace/proxier.go. There each rule is a process of its own; here all of them are
 * data, compared with what is installed and written at once.
 */
import type { IPFamily } from '../address.ts'
import { ProxyError } from '../errors.ts'
import type { GuardedListener } from './guard-rules.ts'
import { guardRules } from './guard-rules.ts'
import type { RuleSet } from './iptables-layout.ts'
import { guardChain, localhostChain, portalChains } from './iptables-layout.ts'
import type { BoundServicePort } from './portal-binder.ts'
import { RuleValues } from './rule-values.ts'
import type { ChainRule, ServicePortRulesOptions } from './service-port-rules.ts'
import { servicePortRules } from './service-port-rules.ts'

export interface IptablesRulesOptions extends ServicePortRulesOptions {
  readonly family: IPFamily
}

export interface IptablesRules {
  readonly ruleSet: RuleSet
  /** One for each ServicePort that was left out because of what it holds; all others are served. */
  readonly problems: readonly ProxyError[]
}

/** Returns the wanted rule set for the ServicePorts of `options.family`; those of the other family are passed over. */
export function iptablesRules(
  bound: readonly BoundServicePort[],
  options: IptablesRulesOptions,
): IptablesRules {
  const problems: ProxyError[] = []
  const guarded: GuardedListener[] = []
  const rules: ChainRule[] = []
  for (const one of bound.filter(({ servicePort }) => servicePort.family === options.family)) {
    try {
      rules.push(...servicePortRules(one, options))
      guarded.push(...guardedListeners(one))
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error
      problems.push(error)
    }
  }
  for (const line of guardRules(guarded, options)) rules.push([guardChain, line])
  rules.push([localhostChain, `-A ${localhostChain} -d ${localhost[options.family]} -j ACCEPT`])
  return { ruleSet: { filter: tableOf('filter', rules), nat: tableOf('nat', rules) }, problems }
}

const localhost = { IPv4: '127.0.0.0/8', IPv6: '::1/128' } as const

/** A proxy port is guarded even where no redirect leads to it. */
function guardedListeners({ servicePort, entry, listeners }: BoundServicePort): GuardedListener[] {
  const protocol = new RuleValues(servicePort, entry).protocol()
  return listeners
    .filter(({ role }) => role === 'proxy-port')
    .map(({ address, port }) => ({ protocol, address, port }))
}

function tableOf(table: 'filter' | 'nat', rules: readonly ChainRule[]) {
  const chains = new Map<string, readonly string[]>()
  const ofTable = portalChains.filter((chain) => chain.table === table)
  for (const { hook, jump } of ofTable) chains.set(hook, [...(chains.get(hook) ?? []), jump])
  for (const { name } of ofTable) {
    const lines = rules.filter(([chain]) => chain === name).map(([, line]) => line)
    // A ServicePort may name one address twice, and two rules that say the same are one.
    chains.set(name, [...new Set(lines)])
  }
  return chains
}
