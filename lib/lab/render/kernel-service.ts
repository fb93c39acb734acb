/**
 * kernelServices: ServicePorts as the kernel modes of kube-proxy see them: addresses, two lists of endpoints, policies.
 *
 * A Service without a cluster IP was never sent to a cluster, whose API server would have given it one. It gets one here, so that
 * its rules can be shown; which one would be chosen there nobody can know.
 */
import type {
  DesiredServicePort,
  Endpoint,
  EndpointChoice,
  IPFamily,
  ServicePortName,
} from '../../index.ts'
import { formatServicePortName } from '../../index.ts'

export interface KernelService {
  readonly name: ServicePortName
  /** `namespace/name:port`. */
  readonly text: string
  readonly protocol: 'tcp' | 'udp'
  readonly family: IPFamily
  readonly port: number
  readonly clusterIP: string
  /** Whether the cluster IP was made up here. */
  readonly isClusterIPAssigned: boolean
  /** 0 where there is none. */
  readonly nodePort: number
  readonly externalIPs: readonly string[]
  readonly loadBalancerIPs: readonly string[]
  /** CIDRs that may dial the load-balancer IPs; empty: anyone. */
  readonly sourceRanges: readonly string[]
  /** 0: no affinity. */
  readonly affinitySeconds: number
  readonly isInternalLocal: boolean
  readonly isExternalLocal: boolean
  /** For clients whose policy is Cluster. */
  readonly clusterEndpoints: readonly Endpoint[]
  /** For clients whose policy is Local; empty where no policy is. */
  readonly localEndpoints: readonly Endpoint[]
  /** Whether any endpoint is usable, be it on another node. */
  readonly hasEndpoints: boolean
}

/** In the order of `desired`. */
export function kernelServices(desired: readonly DesiredServicePort[]): KernelService[] {
  const assigned = assignedClusterIPs(desired)
  return desired.map((row) => {
    const { name, family, port, clusterIP, nodePort, externalIPs } = row.servicePort
    const { sessionAffinity, loadBalancerIngress, entries } = row.servicePort
    const virtualIPs = loadBalancerIngress.filter(({ ipMode }) => ipMode === 'VIP')
    return {
      name,
      text: formatServicePortName(name),
      protocol: name.protocol === 'TCP' ? 'tcp' : 'udp',
      family,
      port,
      clusterIP: clusterIP ?? (assigned.get(serviceOf(name)) as string),
      isClusterIPAssigned: clusterIP === undefined,
      nodePort,
      externalIPs,
      loadBalancerIPs: virtualIPs.map(({ ip }) => ip),
      sourceRanges: entries.find(({ sourceRanges }) => sourceRanges)?.sourceRanges ?? [],
      affinitySeconds: sessionAffinity.type === 'ClientIP' ? sessionAffinity.timeoutSeconds : 0,
      ...endpointsOf(row),
    }
  })
}

function endpointsOf({ servicePort, entries }: DesiredServicePort) {
  const { family, entries: policies } = servicePort
  const [internal] = entries
  const external = entries.find(({ name }) => name === 'external')
  const isInternalLocal = policies[0].trafficPolicy === 'Local'
  const isExternalLocal = policies.some(
    ({ name, trafficPolicy }) => name !== 'internal' && trafficPolicy === 'Local',
  )
  const ofFamily = (choice: EndpointChoice | undefined): readonly Endpoint[] =>
    (choice?.usable ?? []).filter(({ address }) => address.includes(':') === (family === 'IPv6'))
  const forCluster = isInternalLocal ? (external?.inside ?? external) : internal
  const forLocal = isExternalLocal ? external : isInternalLocal ? internal : undefined
  const [clusterEndpoints, localEndpoints] = [ofFamily(forCluster), ofFamily(forLocal)]
  const isElsewhere = internal.leftOut.some(
    ({ endpoint, isRefused }) => endpoint.ready && isRefused === undefined,
  )
  const hasEndpoints =
    clusterEndpoints.length > 0 || localEndpoints.length > 0 || (isInternalLocal && isElsewhere)
  return { isInternalLocal, isExternalLocal, clusterEndpoints, localEndpoints, hasEndpoints }
}

/** By Service: from 10.96.0.10 upwards, what no other has. */
function assignedClusterIPs(desired: readonly DesiredServicePort[]): ReadonlyMap<string, string> {
  const taken = new Set(desired.map(({ servicePort }) => servicePort.clusterIP))
  const assigned = new Map<string, string>()
  let next = 10
  for (const { servicePort } of desired) {
    const service = serviceOf(servicePort.name)
    if (servicePort.clusterIP !== undefined || assigned.has(service)) continue
    while (taken.has(addressAt(next))) next++
    assigned.set(service, addressAt(next++))
  }
  return assigned
}

function addressAt(index: number): string {
  return `10.96.${index >> 8}.${index & 255}`
}

function serviceOf({ namespace, name }: ServicePortName): string {
  return `${namespace}/${name}`
}
