/**
 * ipvsRuleSet: the virtual servers of mode ipvs, and its scheduler, which chooses instead of dice.
 */
import { formatHostPort, ipvsLines } from '../../index.ts'
import type { SchedulerServer } from '../ipvs-schedulers/scheduler.ts'
import { ipvsSchedulers } from '../ipvs-schedulers/schedulers.ts'
import type { LabScheduler, LabService, RuleLine } from '../lab.ts'
import type { IpvsVirtualServer } from '../render/ipvs-mode.ts'
import type { Packet } from '../walk/packet.ts'
import { walkIpvs } from '../walk/walk-ipvs.ts'
import type { Choice, RuleSet } from './rule-set.ts'

export interface IpvsRuleSetOptions {
  readonly servers: readonly IpvsVirtualServer[]
  readonly service: LabService
  readonly clusterCIDR: string
  readonly scheduler: LabScheduler
  /** Which endpoint each virtual server has chosen last. It is written to. */
  readonly lasts: Map<string, string>
}

export function ipvsRuleSet({ servers, service, ...options }: IpvsRuleSetOptions): RuleSet {
  const isOwn = ({ namespace, name }: IpvsVirtualServer): boolean =>
    `${namespace}/${name}` === service.name
  const lines = servers.flatMap((server) => linesOf(server, isOwn(server)))
  return {
    lines,
    ruleCount: lines.length,
    serviceRuleCount: lines.filter(({ isOfService }) => isOfService).length,
    walk: (packet, choice) => {
      const walk = walkIpvs(servers, packet, options)
      const isAddress = servers.some(({ address }) => address === packet.destination)
      // Its address is the node's, on kube-ipvs0, and there nobody listens.
      if (walk.fate === 'nowhere' && isAddress) return { ...walk, fate: 'refused' }
      if (walk.fate !== 'endpoint') return walk
      const destination = choice.stays ?? schedule(servers, packet, { ...options, choice })
      return { ...walk, destination }
    },
  }
}

function linesOf(server: IpvsVirtualServer, isOfService: boolean): RuleLine[] {
  const [, , ...texts] = ipvsLines([server])
  const { protocol, address, portNumber } = server
  const chain = `ipvs ${protocol} ${formatHostPort(address, portNumber)}`
  return texts.map((text) => ({ chain, text: text.trim(), packets: undefined, isOfService }))
}

interface ScheduleOptions extends Pick<IpvsRuleSetOptions, 'scheduler' | 'lasts'> {
  readonly choice: Choice
}

/** `address:port`. Some virtual server has this address, and it has a real server. */
function schedule(
  servers: readonly IpvsVirtualServer[],
  { source, destination, protocol, port }: Packet,
  { scheduler, lasts, choice }: ScheduleOptions,
): string {
  const { realServers } = servers.find(
    (server) =>
      server.protocol.toLowerCase() === protocol &&
      server.address === destination &&
      server.portNumber === port,
  ) as IpvsVirtualServer
  const candidates = realServers.map(({ address, port }) => {
    const key = formatHostPort(address, port)
    return { key, weight: 1, activeConnections: choice.open(key), inactiveConnections: 0 }
  })
  const place = `${protocol} ${formatHostPort(destination, port)}`
  const input = { servers: candidates, source, destination, last: lasts.get(place) }
  const { key } = ipvsSchedulers[scheduler](input) as SchedulerServer
  if (choice.isTrial !== true) lasts.set(place, key)
  return key
}
