/**
 * kernelRules: what a kernel mode installs for the lab's Services, and how the first packet of its client fares.
 *
 * Unlike `render` it walks for that one packet only: with thousands of Services all walks take longer than the kernel
 * needs for the rules.
 */
import { MemorySource, plannedServicePorts } from '../../../index.ts'
import { labObjects } from '../../lab-objects.ts'
import type { InstalledMode, ModeInput } from '../../render/installed-mode.ts'
import { kernelServices } from '../../render/kernel-service.ts'
import { withClusterIPs } from '../../render/with-cluster-ips.ts'
import type { Packet, Walk } from '../../walk/packet.ts'
import { clusterCIDR, links, nodeAddresses, webService } from '../addresses.ts'
import type { Wanted } from './carrier.ts'

export interface KernelRules {
  readonly text: string
  readonly counts: InstalledMode['counts']
  /** Of a packet from the client to the Service, with its steps. */
  readonly walk: Walk
}

/** The first packet of a connection of the client. */
export const firstPacket: Packet = {
  source: links.client.address,
  destination: webService.clusterIP,
  protocol: 'tcp',
  port: webService.port,
}

export async function kernelRules(
  install: (input: ModeInput) => InstalledMode,
  wanted: Wanted,
): Promise<KernelRules> {
  const source = new MemorySource(labObjects(wanted))
  const { servicePorts } = await plannedServicePorts({ source, nodeName: 'node' })
  const rows = withClusterIPs(servicePorts)
  const { text, counts, walk } = install({
    family: 'IPv4',
    rows,
    services: kernelServices(rows),
    clusterCIDR,
    nodeAddresses,
    release: '1.20',
    scheduler: wanted.scheduler,
    withSteps: true,
  })
  return { text, counts, walk: walk(firstPacket) }
}
