/**
 * withClusterIPs: ServicePorts of which each has a cluster IP. Pure.
 *
 * A Service without one was never sent to a cluster, whose API server would have chosen it. So that its rules can be
 * shown it gets one here: from 10.96.0.10 upwards, what no other Service has.
 */
import type { DesiredServicePort, ServicePort, ServicePortName } from '../../index.ts'

export interface AddressedServicePort extends DesiredServicePort {
  readonly servicePort: ServicePort & { readonly clusterIP: string }
}

export function withClusterIPs(rows: readonly DesiredServicePort[]): AddressedServicePort[] {
  const taken = new Set(rows.map(({ servicePort }) => servicePort.clusterIP))
  /** By Service: its ports have one address. */
  const chosen = new Map<string, string>()
  let next = 10
  const choose = (service: string): string => {
    while (taken.has(addressAt(next))) next++
    const clusterIP = addressAt(next++)
    chosen.set(service, clusterIP)
    return clusterIP
  }
  return rows.map((row) => {
    const { servicePort } = row
    const service = serviceOf(servicePort.name)
    const clusterIP = servicePort.clusterIP ?? chosen.get(service) ?? choose(service)
    return { ...row, servicePort: { ...servicePort, clusterIP } }
  })
}

function addressAt(index: number): string {
  return `10.96.${index >> 8}.${index & 255}`
}

function serviceOf({ namespace, name }: ServicePortName): string {
  return `${namespace}/${name}`
}
