/**
 * targetOf: what a client dials that wants the Service, or what is not one.
 */
import type { Target } from '../lab-client.ts'
import type { RequestOptions } from '../lab.ts'
import { nodeAddresses, webService } from './addresses.ts'

const { clusterIP, port, nodePort } = webService

const targets: Readonly<Record<NonNullable<RequestOptions['to']>, Target>> = {
  'cluster-ip': { address: clusterIP, port },
  'node-port': { address: nodeAddresses[0] ?? '', port: nodePort },
  'wrong-port': { address: clusterIP, port: port + 1 },
}

export function targetOf(to: NonNullable<RequestOptions['to']>): Target {
  return targets[to]
}
