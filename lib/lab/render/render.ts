/**
 * render: what a mode would install for the same Services, how many rules that are, and which of them ask a packet.
 */
import type { DesiredServicePort, IPFamily } from '../../index.ts'
import { formatHostPort, formatServicePortName } from '../../index.ts'
import type { IpvsSchedulerName } from '../ipvs-schedulers/schedulers.ts'
import { entryPackets } from './entry-packets.ts'
import { kernelServices } from './kernel-service.ts'
import type { InstalledMode, ModeInput } from './installed-mode.ts'
import {
  installIptables,
  installIpvs,
  installNftables,
  installUserspace,
} from './installed-mode.ts'
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
  /** For `ipvs`. Default rr. */
  readonly scheduler?: IpvsSchedulerName
  /** Whether each rule that asks a packet is to be told, and not only how many. Default false. */
  readonly withSteps?: boolean
}

const families: readonly IPFamily[] = ['IPv4', 'IPv6']

export function render(options: RenderOptions): Rendering {
  const {
    mode,
    servicePorts,
    clusterCIDRs = [],
    nodeAddresses,
    release = '1.20',
    scheduler = 'rr',
    withSteps = false,
  } = options
  const rows = withClusterIPs(servicePorts)
  const parts = families.flatMap((family) => {
    const isOfFamily = (text: string): boolean => text.includes(':') === (family === 'IPv6')
    const own = rows.filter(({ servicePort }) => servicePort.family === family)
    if (own.length === 0) return []
    const input = {
      family,
      release,
      scheduler,
      withSteps,
      rows: own,
      services: kernelServices(own),
      clusterCIDR: clusterCIDRs.find(isOfFamily),
      nodeAddresses: nodeAddresses.filter(isOfFamily),
    }
    const { walk, ...installed } = install[mode](input)
    return [{ rendering: { family, ...installed }, entries: walks(input, walk) }]
  })
  return {
    mode,
    families: parts.map(({ rendering }) => rendering),
    entries: parts.flatMap(({ entries }) => entries),
    assigned: rows
      .filter((_, i) => servicePorts[i]?.servicePort.clusterIP === undefined)
      .map(({ servicePort: { name, clusterIP } }) => {
        return { service: formatServicePortName(name), clusterIP }
      }),
  }
}

const install: Readonly<Record<RenderMode, (input: ModeInput) => InstalledMode>> = {
  userspace: installUserspace,
  iptables: installIptables,
  nftables: installNftables,
  ipvs: installIpvs,
}

function walks(input: ModeInput, walk: InstalledMode['walk']): EntryWalk[] {
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
