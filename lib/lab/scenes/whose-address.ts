/**
 * whoseAddress: whose an address is that a pod has seen as its client's. Pure.
 */
import { modelNetwork } from '../kernel-model/model-network.ts'
import type { LabDescription } from '../lab.ts'
import type { Whose } from './scene.ts'

type Addresses = Pick<LabDescription, 'clientAddress' | 'nodeAddresses'>

/** On a loopback that is one address, client and node are one: then it is the node's. */
export function whoseAddress(address: string, { clientAddress, nodeAddresses }: Addresses): Whose {
  const { addresses, gateways } = modelNetwork
  const ofNode = [...nodeAddresses, addresses.node, ...Object.values(gateways)]
  if (ofNode.includes(address)) return 'node'
  return [clientAddress, addresses.client].includes(address) && address !== ''
    ? 'client'
    : 'unknown'
}
