/**
 * modeInput: the lab's Services as the renderers of kernel modes take them.
 *
 * `render` itself is not used here: it walks for a packet to every Service, and with thousands of them that takes longer
 * than the kernel needs for their rules.
 */
import { MemorySource, plannedServicePorts } from '../../../index.ts'
import { labObjects } from '../../lab-objects.ts'
import type { ModeInput } from '../../render/installed-mode.ts'
import { kernelServices } from '../../render/kernel-service.ts'
import { withClusterIPs } from '../../render/with-cluster-ips.ts'
import type { Packet } from '../../walk/packet.ts'
import { clusterCIDR, links, nodeAddresses, webService } from '../addresses.ts'
import type { Wanted } from './carrier.ts'

/** The first packet of a connection of the client to the Service. */
export const firstPacket: Packet = {
  source: links.client.address,
  destination: webService.clusterIP,
  protocol: 'tcp',
  port: webService.port,
}

export async function modeInput(wanted: Wanted): Promise<ModeInput> {
  const source = new MemorySource(labObjects(wanted))
  const { servicePorts } = await plannedServicePorts({ source, nodeName: 'node' })
  const rows = withClusterIPs(servicePorts)
  return {
    family: 'IPv4',
    rows,
    services: kernelServices(rows),
    clusterCIDR,
    nodeAddresses,
    release: '1.20',
    scheduler: 'rr',
    withSteps: false,
  }
}
