/**
 * The Kubernetes objects of `hello`, as one would write them in a manifest.
 */
import type { Backend } from './backends.ts'
import { backendAddress } from './backends.ts'

export interface HelloService {
  readonly name: string
  readonly protocol: 'TCP' | 'UDP'
  readonly port: number
  readonly backends: readonly Backend[]
}

/** The Service and its EndpointSlice. Its port number is also the one it would like to listen on. */
export function helloObjects({ name, protocol, port, backends }: HelloService): object[] {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'default', name },
    spec: { ports: [{ protocol, port }] },
  }
  // A slice has one list of ports for all its endpoints; here every pod has a port of its own, hence a slice of its own.
  const slices = backends.map((backend) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace: 'default',
      name: `${name}-${backend.pod}`,
      labels: { 'kubernetes.io/service-name': name },
    },
    addressType: 'IPv4',
    ports: [{ protocol, port: backend.port }],
    endpoints: [{ addresses: [backendAddress], targetRef: { kind: 'Pod', name: backend.pod } }],
  }))
  return [service, ...slices]
}
