/**
 * labObjects: the lab's Service and its EndpointSlice, and the Services that are there besides, as an API server would
 * hand them out. Pure.
 */
import type { LabPod, LabService } from './lab.ts'

export interface LabObjectsInput {
  readonly service: LabService
  readonly pods: readonly LabPod[]
  /** How many others there are. They sort before the lab's, and so stand before it in the rules. */
  readonly otherServices: number
}

export function labObjects({ service, pods, otherServices }: LabObjectsInput): object[] {
  return [
    ...Array.from({ length: otherServices }, (_, i) => otherService(i)).flat(),
    ...serviceOf(service, pods),
  ]
}

function serviceOf(service: LabService, pods: readonly LabPod[]): object[] {
  const [namespace = '', name = ''] = service.name.split('/')
  const { clusterIP, port, nodePort, sessionAffinity } = service
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace, name },
      spec: {
        type: 'NodePort',
        clusterIP,
        sessionAffinity,
        ports: (['TCP', 'UDP'] as const).map((protocol) => {
          return { name: portNames[protocol], protocol, port, nodePort }
        }),
      },
    },
    // A slice has one list of ports for all its endpoints: without addresses of their own, pods have ports of their own.
    ...[...Map.groupBy(pods, ({ port }) => port)].map(([port, pods]) => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        namespace,
        name: `${name}-${port}`,
        labels: { 'kubernetes.io/service-name': name },
      },
      addressType: 'IPv4',
      ports: (['TCP', 'UDP'] as const).map((protocol) => {
        return { name: portNames[protocol], protocol, port }
      }),
      endpoints: pods
        .filter(({ isListed }) => isListed)
        .map(({ name, address, isReady }) => ({
          addresses: [address],
          conditions: { ready: isReady },
          nodeName: 'node',
          targetRef: { kind: 'Pod', name },
        })),
    })),
  ]
}

/** `KUBE-SVC-CDGGSHYLG3RE2FKL` is the chain of `default/web:http`. */
const portNames = { TCP: 'http', UDP: 'udp' } as const

/** 10.97.0.1 and on, each with one endpoint that nobody dials: `aaa/other-00001`. */
function otherService(index: number): object[] {
  const name = `other-${String(index + 1).padStart(5, '0')}`
  const host = index + 1
  const address = (network: number): string =>
    `10.${network + (host >> 16)}.${(host >> 8) & 255}.${host & 255}`
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'aaa', name },
      spec: { clusterIP: address(97), ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { namespace: 'aaa', name, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080 }],
      endpoints: [{ addresses: [address(240)] }],
    },
  ]
}
