/**
 * Rendering: what a mode would install, and what it would be to a packet.
 */
import type { IPFamily, Way } from '../../index.ts'
import type { Walk } from '../walk/packet.ts'

export const renderModes = ['userspace', 'iptables', 'nftables', 'ipvs'] as const
export type RenderMode = (typeof renderModes)[number]

export interface Rendering {
  readonly mode: RenderMode
  /** For each family that a Service has. */
  readonly families: readonly FamilyRendering[]
  /** By Service, in each family. */
  readonly entries: readonly EntryWalk[]
  /** Services whose cluster IP was made up, with it. */
  readonly assigned: readonly { readonly service: string; readonly clusterIP: string }[]
}

export interface FamilyRendering {
  readonly family: IPFamily
  /** As the mode's own tool prints it: `iptables-save`, `nft list table`, `ipvsadm -Ln`. */
  readonly text: string
  /** How many of what there are: `{ rules: 68 }`. */
  readonly counts: Readonly<Record<string, number>>
  /** What kube-ipvs0 has; empty for other modes. */
  readonly dummyAddresses: readonly string[]
}

/** A way into a Service, and how a packet fares that comes by it. */
export interface EntryWalk extends Walk {
  /** `namespace/name:port`. */
  readonly service: string
  readonly protocol: 'tcp' | 'udp'
  readonly family: IPFamily
  readonly way: Way
  /** `address:port` that is dialled. */
  readonly address: string
  /** Who dials. */
  readonly client: 'pod' | 'outside'
}
