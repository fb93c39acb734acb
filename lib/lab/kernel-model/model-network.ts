/**
 * modelNetwork: the addresses of the lab where there is no network of its own, only a model of one: those that the lab in
 * namespaces has, so that both print the same rules.
 */
import type { LabHost, PodName } from '../lab.ts'

export interface ModelNetwork {
  readonly clusterIP: string
  readonly port: number
  readonly nodePort: number
  readonly podPort: number
  readonly clusterCIDR: string
  /** The primary one: node ports answer there. */
  readonly nodeAddress: string
  readonly addresses: Readonly<Record<LabHost, string>>
  /** Of the node, as each pod sees it. */
  readonly gateways: Readonly<Record<PodName, string>>
}

export const modelNetwork: ModelNetwork = Object.freeze({
  clusterIP: '10.96.0.10',
  port: 80,
  nodePort: 30_080,
  podPort: 8080,
  clusterCIDR: '10.244.0.0/16',
  nodeAddress: '192.168.77.1',
  addresses: Object.freeze({
    client: '10.244.10.2',
    node: '192.168.77.1',
    outside: '192.168.77.2',
    'pod-1': '10.244.11.2',
    'pod-2': '10.244.12.2',
    'pod-3': '10.244.13.2',
  }),
  gateways: Object.freeze({
    'pod-1': '10.244.11.1',
    'pod-2': '10.244.12.1',
    'pod-3': '10.244.13.1',
  }),
})
