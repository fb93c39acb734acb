/**
 * What a Proxier shows of itself, as plain data: the rows that `get` prints and the admin surface serves.
 */
import type { IPFamily } from './address.ts'
import type { SessionAffinity } from './model/objects.ts'
import type { Protocol } from './model/service-port-name.ts'
import type { DesiredServicePort, NotProxied } from './model/service-port.ts'
import type { ListenerStatus, ProxySocketCounts, ProxySocketStatus } from './relay/data-plane.ts'

interface ServicePortId {
  readonly namespace: string
  readonly name: string
  /** Name of the port; `''` where it has none. */
  readonly port: string
  readonly protocol: Protocol
  readonly family: IPFamily
}

export interface ProxiedStatus extends ServicePortId {
  readonly clusterIP: string | undefined
  /** The port number that the Service declares. */
  readonly portNumber: number
  /** 0 where there is none. */
  readonly nodePort: number
  readonly sessionAffinity: SessionAffinity
  readonly listeners: readonly ListenerStatus[]
  readonly endpoints: { readonly usable: number; readonly total: number }
  readonly counts: ProxySocketCounts
}

/** One row of `get services`: a ServicePort, or something that is not proxied and why. */
export type ServiceStatus = ProxiedStatus | (NotProxied & { readonly notProxied: true })

/** One row of `get endpoints`. */
export interface EndpointStatus extends ServicePortId {
  readonly address: string
  readonly endpointPort: number
  readonly targetName: string | undefined
  readonly nodeName: string | undefined
  readonly isUsable: boolean
  /** Why it gets no new connections, or `''`. */
  readonly reason: string
}

const noCounts: ProxySocketCounts = Object.freeze({
  opened: 0,
  open: 0,
  failed: {},
  closed: {},
  dialAttempts: 0,
  bytesFromClient: 0,
  bytesFromEndpoint: 0,
  datagramsDropped: 0,
})

function servicePortId({ servicePort }: DesiredServicePort): ServicePortId {
  const { namespace, name, port, protocol } = servicePort.name
  return { namespace, name, port, protocol, family: servicePort.family }
}

/** Joins what is wanted with what the data plane says of it. */
export function serviceStatuses(
  desired: readonly DesiredServicePort[],
  sockets: readonly ProxySocketStatus[],
): ProxiedStatus[] {
  const byKey = new Map(sockets.map((socket) => [socket.key, socket]))
  return desired.map((row) => {
    const { servicePort, usable, leftOut } = row
    const socket = byKey.get(servicePort.key)
    return {
      ...servicePortId(row),
      clusterIP: servicePort.clusterIP,
      portNumber: servicePort.port,
      nodePort: servicePort.nodePort,
      sessionAffinity: servicePort.sessionAffinity,
      listeners: socket?.listeners ?? [],
      endpoints: { usable: usable.length, total: usable.length + leftOut.length },
      counts: socket?.counts ?? noCounts,
    }
  })
}

/** All endpoints of all ServicePorts, the usable ones first. */
export function endpointStatuses(desired: readonly DesiredServicePort[]): EndpointStatus[] {
  return desired.flatMap((row) => {
    const id = servicePortId(row)
    const all = [...row.usable.map((endpoint) => ({ endpoint, reason: '' })), ...row.leftOut]
    return all.map(({ endpoint, reason }) => ({
      ...id,
      address: endpoint.address,
      endpointPort: endpoint.port,
      targetName: endpoint.targetName,
      nodeName: endpoint.nodeName,
      isUsable: reason === '',
      reason,
    }))
  })
}
