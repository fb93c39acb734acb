/**
 * installedProxyPorts: the proxy ports that installed rules lead to. Pure.
 *
 * A process that starts again listens on the ports its predecessor had, and finds all rules in place: nothing has to be
 * written, and no client's UDP flow has to be forgotten. The rules themselves are the only memory that cannot be wrong.
 */
import type { RuleSet } from './iptables-layout.ts'
import { externalHostChain } from './iptables-layout.ts'
import type { EntryName } from '../model/entry.ts'
import type { ServicePortName } from '../model/service-port-name.ts'
import { ruleComment } from './rule-values.ts'

/** Returns the proxy port by `proxyPortKey`. */
export function installedProxyPorts({ nat }: RuleSet): ReadonlyMap<string, number> {
  const ports = new Map<string, number>()
  for (const chain of ['KUBE-PORTALS-HOST', externalHostChain, 'KUBE-NODEPORT-HOST']) {
    for (const line of nat.get(chain) ?? []) {
      const match = /-p (tcp|udp) .*--comment "([^"]+)" .* --to-destination \S+:(\d{1,5})$/.exec(
        line,
      )
      if (match !== null) ports.set(`${match[1]} ${match[2]}`, Number(match[3]))
    }
  }
  return ports
}

/** `tcp namespace/name:port`: how a rule names an entry of a ServicePort of its family. */
export function proxyPortKey(name: ServicePortName, entry: EntryName): string {
  return `${name.protocol.toLowerCase()} ${ruleComment(name, entry)}`
}
