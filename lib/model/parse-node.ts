/**
 * Reads a Node: where it is, what its addresses are, and whether it is about to leave.
 *
 * @see kubernetes v1.34 pkg/proxy/config/node.go, pkg/proxy/healthcheck/proxy_health.go
 */
import { canonicalAddress, CIDR } from '../address.ts'
import { dnsSubdomain, labelValue, plainText } from './dns-name.ts'
import type { ObjectField } from './object-field.ts'
import { readMetadata } from './object-metadata.ts'
import type { Node } from './objects.ts'

/** The Node in `object`. It is worth something only where no problem was noted. */
export function readNode(object: ObjectField): Node {
  const { name, labels } = readMetadata(object, dnsSubdomain)
  const isDeleted = !object.at('metadata').object().at('deletionTimestamp').isMissing
  const spec = object.at('spec').object()
  return {
    kind: 'Node',
    namespace: '',
    name,
    addresses: readAddresses(object.at('status').object().at('addresses')),
    podCIDRs: readPodCIDRs(spec),
    zone: labels.at('topology.kubernetes.io/zone').text(labelValue),
    isLeaving: isDeleted || isTainted(spec.at('taints')),
  }
}

/** Host names are no addresses, and what a cloud says of itself is not checked more than it has to be. */
function readAddresses(field: ObjectField): string[] {
  const addresses = field.list().map((element) => {
    const address = element.object()
    return {
      type: address.at('type').text(plainText),
      address: address.at('address').text(plainText) ?? '',
    }
  })
  return ['InternalIP', 'ExternalIP'].flatMap((type) =>
    addresses
      .filter((one) => one.type === type)
      .flatMap(({ address }) => canonicalAddress(address) ?? []),
  )
}

function readPodCIDRs(spec: ObjectField): string[] {
  const plural = spec.at('podCIDRs').list()
  const single = spec.at('podCIDR')
  const fields = plural.length > 0 || single.isMissing || single.value === '' ? plural : [single]
  return fields.flatMap((field) => {
    const cidr = typeof field.value === 'string' ? CIDR.parse(field.value) : undefined
    if (cidr === undefined) field.refuse('a CIDR (10.244.1.0/24)')
    return cidr === undefined ? [] : [cidr.toString()]
  })
}

function isTainted(field: ObjectField): boolean {
  const keys = field.list().map((taint) => taint.object().at('key').text(plainText))
  return keys.includes('ToBeDeletedByClusterAutoscaler')
}
