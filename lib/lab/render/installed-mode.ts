/**
 * InstalledMode: the Services of one family as one mode has them, and the way of a packet through that.
 */
import type { IPFamily } from '../../index.ts'
import { ipvsLines } from '../../index.ts'
import type { IpvsSchedulerName } from '../ipvs-schedulers/schedulers.ts'
import { parseIptablesText } from '../walk/iptables-text.ts'
import type { Packet, Walk, WalkOptions } from '../walk/packet.ts'
import { walkNftables } from '../walk/walk-nftables.ts'
import { walkIpvs } from '../walk/walk-ipvs.ts'
import { walkIptables } from '../walk/walk-iptables.ts'
import { iptablesMode } from './iptables/iptables-mode.ts'
import type { KernelService } from './kernel-service.ts'
import { nftablesMode } from './nftables/nftables-mode.ts'
import { ipvsMode } from './ipvs-mode.ts'
import { userspaceMode } from './userspace-mode.ts'
import type { AddressedServicePort } from './with-cluster-ips.ts'

/** All of one family. */
export interface ModeInput {
  readonly family: IPFamily
  readonly rows: readonly AddressedServicePort[]
  readonly services: readonly KernelService[]
  readonly clusterCIDR: string | undefined
  /** The primary one first. */
  readonly nodeAddresses: readonly string[]
  readonly release: '1.20' | '1.23'
  readonly scheduler: IpvsSchedulerName
  readonly withSteps: boolean
}

export interface InstalledMode {
  /** As the mode's own tool prints it. */
  readonly text: string
  readonly counts: Readonly<Record<string, number>>
  readonly dummyAddresses: readonly string[]
  readonly walk: (packet: Packet) => Walk
}

export function installUserspace({ rows, ...input }: ModeInput): InstalledMode {
  const { family, nodeAddresses } = input
  const [nodeAddress] = nodeAddresses
  return iptablesText(userspaceMode(rows, { family, nodeAddress }), input)
}

export function installIptables({ services, ...input }: ModeInput): InstalledMode {
  const [nodeAddress] = input.nodeAddresses
  return iptablesText(iptablesMode(services, { ...input, nodeAddress }), input)
}

export function installNftables({ services, ...input }: ModeInput): InstalledMode {
  const table = nftablesMode(services, { ...input, nodeAddress: input.nodeAddresses[0] })
  const [chains, containers] = [[...table.chains.values()], [...table.containers.values()]]
  return {
    text: String(table),
    counts: {
      rules: chains.flatMap(({ rules }) => rules).length,
      elements: containers.flatMap(({ elements }) => [...elements.keys()]).length,
    },
    dummyAddresses: [],
    walk: (packet) => walkNftables(table, packet, input),
  }
}

export function installIpvs({ services, clusterCIDR, ...input }: ModeInput): InstalledMode {
  const { virtualServers, dummyAddresses } = ipvsMode(services, input)
  return {
    text: `${ipvsLines(virtualServers).join('\n')}\n`,
    counts: {
      'virtual servers': virtualServers.length,
      'real servers': virtualServers.flatMap(({ realServers }) => realServers).length,
    },
    dummyAddresses,
    walk: (packet) => walkIpvs(virtualServers, packet, { clusterCIDR }),
  }
}

function iptablesText(text: string, options: WalkOptions): InstalledMode {
  const rules = parseIptablesText(text)
  return {
    text,
    counts: { rules: text.split('\n').filter((line) => line.startsWith('-A ')).length },
    dummyAddresses: [],
    walk: (packet) => walkIptables(rules, packet, options),
  }
}
