/**
 * Reads the deprecated Endpoints object and cuts it into the slices that Kubernetes' mirroring would make of it.
 *
 * One slice for each subset and address family, not for each 100 addresses: nothing is sent over a network here.
 *
 * @see kubernetes v1.34 pkg/controller/endpointslicemirroring/reconciler.go
 */
import { addressFamily } from '../address.ts'
import { dnsSubdomain, plainText, portName } from './dns-name.ts'
import type { ObjectField } from './object-field.ts'
import { readMetadata } from './object-metadata.ts'
import type { Endpoints, EndpointSlice, SliceEndpoint, SlicePort } from './objects.ts'
import { refuseRepeated } from './repeated-fields.ts'

/** The Endpoints in `object`. They are worth something only where no problem was noted. */
export function readEndpoints(object: ObjectField): Endpoints {
  const { namespace, name } = readMetadata(object, dnsSubdomain)
  const subsets = object.at('subsets').list()
  return {
    kind: 'Endpoints',
    namespace,
    name,
    slices: subsets.flatMap((field, i) => {
      const subset = field.object()
      const ports = readPorts(subset.at('ports'))
      const endpoints = [
        ...readAddresses(subset.at('addresses'), true),
        ...readAddresses(subset.at('notReadyAddresses'), false),
      ]
      return (['IPv4', 'IPv6'] as const)
        .map((family): EndpointSlice => ({
          kind: 'EndpointSlice',
          namespace,
          name: `${name}-${i}-${family.toLowerCase()}`,
          serviceName: name,
          addressType: family,
          ports,
          endpoints: endpoints.filter(({ address }) => addressFamily(address) === family),
        }))
        .filter((slice) => slice.endpoints.length > 0)
    }),
  }
}

function readPorts(field: ObjectField): SlicePort[] {
  const ports = field.list().map((element) => {
    const port = element.object()
    return {
      nameField: port.at('name'),
      name: port.at('name').text(portName, ''),
      protocol: port.at('protocol').oneOf(['TCP', 'UDP', 'SCTP']),
      port: port.at('port').requiredInteger(1, 65_535),
    }
  })
  refuseRepeated(
    ports.map(({ nameField: field, name }) => ({
      field,
      text: name === undefined ? name : `"${name}"`,
    })),
    'a name of its own',
  )
  return ports.map(({ name = '', protocol = 'TCP', port = 0 }) => ({ name, protocol, port }))
}

function readAddresses(field: ObjectField, ready: boolean): SliceEndpoint[] {
  return field.list().map((element) => {
    const address = element.object()
    return {
      address: address.at('ip').requiredAddress() ?? '',
      ready,
      serving: ready,
      terminating: false,
      nodeName: address.at('nodeName').text(dnsSubdomain),
      zone: undefined,
      forZones: [],
      forNodes: [],
      targetName: address.at('targetRef').object().at('name').text(plainText),
    }
  })
}
