/**
 * render: what a mode would install for the same Services, how many rules that are, and which of them ask a packet.
 */
import type { DesiredServicePort, IPFamily } from '../../index.ts'
import { formatHostPort, formatServicePortName } from '../../index.ts'
import { entryPackets } from './entry-packets.ts'
import { kernelServices } from './kernel-service.ts'
import type { InstalledMode } from './installed-mode.ts'
import { installIptables, installUserspace } from './installed-mode.ts'
import type { EntryWalk, Rendering, RenderMode } from './rendering.ts'
import { withClusterIPs } from './with-cluster-ips.ts'

export interface RenderOptions {
  readonly mode: RenderMode
  readonly servicePorts: readonly DesiredServicePort[]
  /** Where pods have addresses. Default: not known. */
  readonly clusterCIDRs?: readonly string[]
  /** All of the node, the primary one of each family first. */
  readonly nodeAddresses: readonly string[]
  /** Of kube-proxy, for `iptables`. Default 1.20. */
  readonly release?: '1.20' | '1.23'
}

const families: readonly IPFamily[] = ['IPv4', 'IPv6']

export function render(options: RenderOptions): Rendering {
  const { mode, servicePorts, clusterCIDRs = [], nodeAddresses, release = '1.20' } = options
  const rows = withClusterIPs(servicePorts)
  const parts = families.flatMap((family) => {
    const isOfFamily = (text: string): boolean => text.includes(':') === (family === 'IPv6')
    const own = rows.filter(({ servicePort }) => servicePort.family === family)
    if (own.length === 0) return []
    const input = {
      family,
      release,
      rows: own,
      services: kernelServices(own),
      clusterCIDR: clusterCIDRs.find(isOfFamily),
      nodeAddresses: nodeAddresses.filter(isOfFamily),
    }
    const installed = mode === 'userspace' ? installUserspace(input) : installIptables(input)
    return [{ family, ...installed, entries: walks(input, installed) }]
  })
  return {
    mode,
    families: parts.map(({ family, text, ruleCount }) => ({ family, text, ruleCount })),
    entries: parts.flatMap(({ entries }) => entries),
    assigned: rows
      .filter((_, i) => servicePorts[i]?.servicePort.clusterIP === undefined)
      .map(({ servicePort: { name, clusterIP } }) => {
        return { service: formatServicePortName(name), clusterIP }
      }),
  }
}

function walks(input: Parameters<typeof installIptables>[0], { walk }: InstalledMode): EntryWalk[] {
  return input.services.flatMap((service) =>
    entryPackets(service, input).map(({ way, client, packet }) => ({
      service: service.text,
      protocol: service.protocol,
      family: service.family,
      way,
      address: formatHostPort(packet.destination, packet.port),
      client,
      ...walk(packet),
    })),
  )
}
