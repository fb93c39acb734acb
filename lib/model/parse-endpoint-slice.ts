/**
 * Reads an EndpointSlice of discovery.k8s.io/v1 or v1beta1, which keep zone and node in different places.
 *
 * A slice without the label that names its Service is refused: nothing could ever use it.
 *
 * @see kubernetes v1.34 pkg/apis/discovery/validation/validation.go, staging/src/k8s.io/api/discovery/v1beta1/types.go
 */
import { addressFamily, canonicalAddress } from '../address.ts'
import {
  dnsLabel,
  dnsSubdomain,
  labelValue,
  plainText,
  portName,
  type TextRule,
} from './dns-name.ts'
import type { ObjectField } from './object-field.ts'
import { readMetadata } from './object-metadata.ts'
import type { EndpointSlice, SliceEndpoint, SlicePort } from './objects.ts'
import { refuseRepeated } from './repeated-fields.ts'

/** The EndpointSlice in `object`. It is worth something only where no problem was noted. */
export function readEndpointSlice(object: ObjectField): EndpointSlice {
  const { namespace, name, labels } = readMetadata(object, dnsSubdomain)
  const addressType = object.at('addressType').requiredOneOf(['IPv4', 'IPv6', 'FQDN'])
  const fields = object.at('endpoints').list()
  const lastChangeTriggerTime = readTriggerTime(object)
  return {
    kind: 'EndpointSlice',
    namespace,
    name,
    serviceName: labels.at('kubernetes.io/service-name').requiredText(ownerName),
    addressType: addressType ?? 'FQDN',
    ports: readPorts(object.at('ports')),
    endpoints: fields.map((field) => readEndpoint(field.object(), addressType)),
    ...(lastChangeTriggerTime !== undefined && { lastChangeTriggerTime }),
  }
}

/** Only for a metric: what is no time is no fault of the slice. */
function readTriggerTime(object: ObjectField): string | undefined {
  const annotations = object.at('metadata').at('annotations')
  const { value } = annotations.at('endpoints.kubernetes.io/last-change-trigger-time')
  return typeof value === 'string' ? value : undefined
}

const ownerName = { ...dnsLabel, right: 'the name of its Service' }

function readPorts(field: ObjectField): SlicePort[] {
  const ports = field.list().map((element) => {
    const port = element.object()
    return {
      nameField: port.at('name'),
      name: port.at('name').text(portName, ''),
      protocol: port.at('protocol').oneOf(['TCP', 'UDP', 'SCTP']),
      port: port.at('port').integer(0, 65_535) ?? 0,
    }
  })
  refuseRepeated(
    ports.map(({ nameField: field, name }) => ({
      field,
      text: name === undefined ? name : `"${name}"`,
    })),
    'a name of its own',
  )
  // No number, or 0, stands for "all ports", which means nothing to a proxy.
  return ports
    .filter(({ port }) => port !== 0)
    .map(({ name = '', protocol = 'TCP', port }) => ({ name, protocol, port }))
}

function readEndpoint(
  endpoint: ObjectField,
  addressType: EndpointSlice['addressType'] | undefined,
): SliceEndpoint {
  const addresses = endpoint.at('addresses').requiredList('at least one address')
  const conditions = endpoint.at('conditions').object()
  const topology = endpoint.at('topology').object()
  const hints = endpoint.at('hints').object()
  return {
    address: addresses.map((field) => readAddress(field, addressType))[0] ?? '',
    ready: conditions.at('ready').boolean(true),
    serving: conditions.at('serving').boolean(true),
    terminating: conditions.at('terminating').boolean(false),
    nodeName:
      endpoint.at('nodeName').text(dnsSubdomain) ??
      topology.at('kubernetes.io/hostname').text(labelValue),
    zone:
      endpoint.at('zone').text(labelValue) ??
      topology.at('topology.kubernetes.io/zone').text(labelValue),
    forZones: readHints(hints.at('forZones'), labelValue),
    forNodes: readHints(hints.at('forNodes'), dnsSubdomain),
    targetName: endpoint.at('targetRef').object().at('name').text(plainText),
  }
}

/** One array for all endpoints without a hint: there may be 100,000 of them. */
const noHints: readonly string[] = []

function readHints(field: ObjectField, rule: TextRule): readonly string[] {
  if (field.isMissing) return noHints
  return field.list().map((hint) => hint.object().at('name').requiredText(rule))
}

/** The canonical form of an address that is of the slice's type; of FQDN slices, the name. */
function readAddress(
  field: ObjectField,
  addressType: EndpointSlice['addressType'] | undefined,
): string | undefined {
  if (addressType === 'FQDN') return field.requiredText(fullName)
  // It is an IPv6 address by its text and an IPv4 one by what a dial to it does. It is kept as it is, to be refused by
  // name: one such endpoint is no reason to lose the others of its slice.
  const mapped = addressType === 'IPv6' ? mappedAddress(field.value) : undefined
  if (mapped !== undefined) return mapped
  return field.requiredAddress(
    addressType === undefined ? 'an IP address' : `an ${addressType} address, as addressType says,`,
    addressType,
  )
}

/** `::ffff:10.0.0.1` in canonical form; `undefined` where `value` is no IPv4-mapped IPv6 address. */
function mappedAddress(value: unknown): string | undefined {
  if (typeof value !== 'string' || addressFamily(value) !== 'IPv6') return undefined
  const address = String(canonicalAddress(value))
  return addressFamily(address) === 'IPv4' ? `::ffff:${address}` : undefined
}

const fullName = {
  ...dnsSubdomain,
  holds: (text: string) => dnsSubdomain.holds(text.replace(/\.$/, '')),
}
