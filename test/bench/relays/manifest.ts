/** Services and their endpoints as a manifest of Kubernetes, in JSON. Pure. */
import type { Service } from '../services.ts'

export function manifest(services: readonly Service[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: services.flatMap(objects) })
}

function objects({ name, protocol, port, endpoints }: Service, index: number): object[] {
  const clusterIP = `10.${96 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { clusterIP, ports: [{ protocol, port }] },
    },
    // One for each endpoint: a slice has one port for all of its addresses.
    ...endpoints.map((endpoint, i) => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${name}-${i}`, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: [{ protocol, port: endpoint.port }],
      endpoints: [{ addresses: [endpoint.ip] }],
    })),
  ]
}
