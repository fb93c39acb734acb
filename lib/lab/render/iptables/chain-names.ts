/**
 * The names of the chains that kube-proxy makes for a ServicePort: a prefix, and the hash of what it serves.
 *
 * A chain's name holds 28 characters, and `namespace/name:port` alone may have 191.
 *
 * @see kubernetes v1.20 pkg/proxy/iptables/proxier.go `servicePortChainName`, `servicePortEndpointChainName`
 */
import type { Endpoint } from '../../../index.ts'
import { base32Hash } from '../base32-hash.ts'
import type { KernelService } from '../kernel-service.ts'

/**
 * `SVC`: to all endpoints. `XLB`: from outside, with policy Local. `FW`: a load-balancer IP, with its source ranges.
 */
export function serviceChain(prefix: 'SVC' | 'XLB' | 'FW', service: KernelService): string {
  return `KUBE-${prefix}-${base32Hash(service.text + service.protocol, 16)}`
}

export function endpointChain({ text, protocol }: KernelService, { key }: Endpoint): string {
  return `KUBE-SEP-${base32Hash(text + protocol + key, 16)}`
}
