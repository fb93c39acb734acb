/**
 * iptablesMode: what kube-proxy's iptables mode would install, as `iptables-save` prints it. Pure.
 *
 * Chains stand in the order of their names, as there. KUBE-MARK-DROP is the kubelet's to fill, and empty here.
 *
 * @see kubernetes v1.20 pkg/proxy/iptables/proxier.go
 */
import type { IPFamily } from '../../../index.ts'
import type { KernelService } from '../kernel-service.ts'
import { fixedRules, kernelChains, ownChains, tables } from './fixed-rules.ts'
import type { IptablesRule } from './rule.ts'
import type { ServiceRulesOptions } from './service-rules.ts'
import { serviceRules } from './service-rules.ts'

export interface IptablesModeOptions extends ServiceRulesOptions {
  readonly family: IPFamily
}

/** Those of one family; Services of the other are passed over. */
export function iptablesMode(
  services: readonly KernelService[],
  { family, ...options }: IptablesModeOptions,
): string {
  const own = services.filter((service) => service.family === family)
  const rules = [...own.flatMap((service) => serviceRules(service, options)), ...fixedRules]
  return tables.map((table) => `${tableLines(table, rules).join('\n')}\n`).join('')
}

function tableLines(table: (typeof tables)[number], all: readonly IptablesRule[]): string[] {
  const rules = all.filter((rule) => rule.table === table)
  const chains = new Map<string, string[]>(kernelChains[table].map((chain) => [chain, []]))
  const names = [...ownChains[table], ...rules.map(({ chain }) => chain)]
  for (const chain of new Set(names.filter((name) => !chains.has(name)).toSorted())) {
    chains.set(chain, [])
  }
  for (const { chain, line } of rules) chains.get(chain)?.push(line)
  const headers = [...chains.keys()].map((chain) => {
    return kernelChains[table].includes(chain) ? `:${chain} ACCEPT [0:0]` : `:${chain} - [0:0]`
  })
  return [`*${table}`, ...headers, ...[...chains.values()].flat(), 'COMMIT']
}
