/**
 * The names of the chains and sets that kube-proxy makes for a ServicePort: told apart by a hash, and read by people.
 *
 * @see kubernetes v1.33 pkg/proxy/nftables/proxier.go `servicePortChainNameBase`, `servicePortEndpointChainNameBase`
 */
import type { Endpoint } from '../../../index.ts'
import { base32Hash } from '../base32-hash.ts'
import type { KernelService } from '../kernel-service.ts'

/** The longest name of nftables, less the longest prefix. */
const maxLength = 240

/**
 * `service`: policy Cluster. `local`: policy Local. `external`: whoever dials from outside, on the way to one of them.
 */
export function serviceName(
  prefix: 'service' | 'local' | 'external' | 'firewall',
  service: KernelService,
): string {
  return `${prefix}-${hashed(baseOf(service))}`
}

/** `affinity` is the set of the clients of an endpoint. */
export function endpointName(
  prefix: 'endpoint' | 'affinity',
  service: KernelService,
  { address, port }: Endpoint,
): string {
  // A name may not have colons.
  return `${prefix}-${hashed(`${baseOf(service)}__${address.replaceAll(':', '.')}/${port}`)}`
}

function baseOf({ name: { namespace, name, port }, protocol }: KernelService): string {
  return `${namespace}/${name}/${protocol}/${port}`
}

function hashed(name: string): string {
  const whole = `${base32Hash(name, 8)}-${name}`
  return whole.length > maxLength ? `${whole.slice(0, maxLength - 3)}...` : whole
}
