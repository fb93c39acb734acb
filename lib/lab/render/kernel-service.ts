/**
 * kernelServices: ServicePorts as the kernel modes of kube-proxy see them: addresses, two lists of endpoints, policies.
 */
import type {
  DesiredServicePort,
  Endpoint,
  EndpointChoice,
  IPFamily,
  ServicePortName,
} from '../../index.ts'
import { formatServicePortName } from '../../index.ts'
import type { AddressedServicePort } from './with-cluster-ips.ts'

export interface KernelService {
  readonly name: ServicePortName
  /** `namespace/name:port`. */
  readonly text: string
  readonly protocol: 'tcp' | 'udp'
  readonly family: IPFamily
  readonly port: number
  readonly clusterIP: string
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

/** In the order of `rows`. */
export function kernelServices(rows: readonly AddressedServicePort[]): KernelService[] {
  return rows.map((row) => {
    const { name, family, port, clusterIP, nodePort, externalIPs } = row.servicePort
    const { sessionAffinity, loadBalancerIngress, entries } = row.servicePort
    const virtualIPs = loadBalancerIngress.filter(({ ipMode }) => ipMode === 'VIP')
    return {
      name,
      text: formatServicePortName(name),
      protocol: name.protocol === 'TCP' ? 'tcp' : 'udp',
      family,
      port,
      clusterIP,
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
  // A Service that had no cluster IP may have endpoints of both families.
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
