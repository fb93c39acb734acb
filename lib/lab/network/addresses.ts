/**
 * Who has which address in the lab's network.
 *
 *     outside ── 192.168.77.0/24 ── node ── 10.244.1N.0/24 ── pod-N
 *                                      └─── 10.244.10.0/24 ── client
 */
import type { LabHost, LabService, PodName } from '../lab.ts'
import { podNames } from '../lab.ts'

/** What hosts but the node are called, and their namespaces. */
export type FarHost = Exclude<LabHost, 'node'>

export const podPort = 8080

export interface Link {
  /** The host's. */
  readonly address: string
  /** The node's at the other end of the cable. */
  readonly router: string
}

const podLink = (index: number): Link => {
  return { address: `10.244.${11 + index}.2`, router: `10.244.${11 + index}.1` }
}

export const links: Readonly<Record<FarHost, Link>> = {
  client: { address: '10.244.10.2', router: '10.244.10.1' },
  ...(Object.fromEntries(podNames.map((name, i) => [name, podLink(i)])) as Record<PodName, Link>),
  outside: { address: '192.168.77.2', router: '192.168.77.1' },
}

export const farHosts = Object.keys(links) as readonly FarHost[]

/** The node's, the one on its uplink first. */
export const nodeAddresses: readonly string[] = [
  links.outside.router,
  ...farHosts.filter((host) => host !== 'outside').map((host) => links[host].router),
]

export const clusterCIDR = '10.244.0.0/16'
export const serviceCIDR = '10.96.0.0/12'

/** Addresses that the client takes for one measurement each: none has a past. */
export const freshCIDR = '10.244.128.0/17'

/** @param index from 0; addresses come again after 32,000 */
export function freshAddress(index: number): string {
  const host = (index % 32_000) + 1
  return `10.244.${128 + (host >> 8)}.${host & 255}`
}

export const webService: LabService = {
  name: 'default/web',
  clusterIP: '10.96.0.10',
  port: 80,
  nodePort: 30_080,
  sessionAffinity: 'None',
}
