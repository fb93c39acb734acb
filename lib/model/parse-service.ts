/**
 * Reads a Service: defaults filled in, every field that is used checked as the API server checks it.
 *
 * Fields that a proxy does not use are not looked at.
 *
 * @see kubernetes v1.34 pkg/apis/core/validation/validation.go ValidateService
 */
import { addressFamily, CIDR } from '../address.ts'
import { dnsLabel, portName } from './dns-name.ts'
import type { TrafficPolicy } from './entry.ts'
import type { ObjectField } from './object-field.ts'
import { readLabels, readMetadata } from './object-metadata.ts'
import type { LoadBalancerIngress, Service, ServiceObjectPort, SessionAffinity } from './objects.ts'
import { refuseRepeated } from './repeated-fields.ts'

/** The Service in `object`. It is worth something only where no problem was noted. */
export function readService(object: ObjectField): Service {
  const { namespace, name, labels } = readMetadata(object, dnsLabel)
  const spec = object.at('spec').object()
  const type = spec.at('type').oneOf(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'])
  const clusterIPs = readClusterIPs(spec)
  const headless = clusterIPs.includes('None')
  const mayLackPorts = headless || type === 'ExternalName'
  return {
    kind: 'Service',
    namespace,
    name,
    labels: readLabels(labels),
    type: type ?? 'ClusterIP',
    headless,
    clusterIPs: clusterIPs.filter(isAddress),
    ports: readPorts(
      mayLackPorts ? spec.at('ports').list() : spec.at('ports').requiredList('at least one port'),
      type,
    ),
    externalIPs: readExternalIPs(spec),
    loadBalancerIngress: readIngress(object.at('status').object()),
    sessionAffinity: readSessionAffinity(spec),
    internalTrafficPolicy: readTrafficPolicy(spec.at('internalTrafficPolicy')),
    externalTrafficPolicy: readTrafficPolicy(spec.at('externalTrafficPolicy')),
    loadBalancerSourceRanges: readSourceRanges(spec.at('loadBalancerSourceRanges')),
    healthCheckNodePort: spec.at('healthCheckNodePort').integer(0, 65_535) ?? 0,
  }
}

/** `''` stands in old objects where no policy applied. */
function readTrafficPolicy(field: ObjectField): TrafficPolicy {
  return (field.value === '' ? undefined : field.oneOf(['Cluster', 'Local'])) ?? 'Cluster'
}

/** Blanks around a CIDR are allowed by the API server, and trimmed by every proxy. */
function readSourceRanges(field: ObjectField): string[] {
  return field.list().flatMap((range) => {
    const cidr = typeof range.value === 'string' ? CIDR.parse(range.value.trim()) : undefined
    if (cidr === undefined) range.refuse('a CIDR (192.0.2.0/24)')
    return cidr === undefined ? [] : [cidr.toString()]
  })
}

/** Addresses, `None` and `''`, the primary one first. */
function readClusterIPs(spec: ObjectField): (string | undefined)[] {
  const single = spec.at('clusterIP')
  const plural = spec.at('clusterIPs')
  const primary = single.isMissing ? '' : readClusterIP(single)
  const fields = plural.list()
  const clusterIPs = fields.map(readClusterIP)
  const [first, ...others] = fields
  if (first === undefined) return [primary]
  if (primary === '') {
    plural.problem('is there and clusterIP is not', 'the first of them in clusterIP')
  } else if (primary !== undefined && clusterIPs[0] !== undefined && clusterIPs[0] !== primary) {
    first.refuse(`"${primary}", as in clusterIP,`)
  }
  const families = new Set([addressFamily(clusterIPs[0] ?? '')])
  others.forEach((field, i) => {
    const clusterIP = clusterIPs[i + 1]
    if (clusterIP === undefined) return
    const family = addressFamily(clusterIP)
    // "None" and "" have no family: nothing stands beside them.
    if (families.has(undefined) || families.has(family) || family === undefined) {
      field.refuse('at most one address of each family')
    }
    families.add(family)
  })
  return clusterIPs
}

function readClusterIP(field: ObjectField): string | undefined {
  if (field.value === '' || field.value === 'None') return field.value
  return field.requiredAddress('an IP address, "None" or ""')
}

function readPorts(
  fields: readonly ObjectField[],
  type: Service['type'] | undefined,
): ServiceObjectPort[] {
  const ports = fields.map((field) => {
    const port = field.object()
    return {
      field: port,
      name: port.at('name').text(portName),
      protocol: port.at('protocol').oneOf(['TCP', 'UDP', 'SCTP']),
      port: port.at('port').requiredInteger(1, 65_535),
      nodePort: port.at('nodePort').integer(0, 65_535),
    }
  })
  for (const { field, name, nodePort } of ports) {
    if (ports.length > 1 && (field.at('name').isMissing || name === '')) {
      field.at('name').refuse(`a name for each of the ${ports.length} ports`)
    }
    if (type === 'ClusterIP' && nodePort) {
      field.at('nodePort').problem(`is ${nodePort} in a Service of type ClusterIP`, 'type NodePort')
    }
  }
  refuseRepeated(
    ports.map(({ field, name }) => ({ field: field.at('name'), text: name && `"${name}"` })),
    'a name of its own',
  )
  refuseRepeated(
    ports.map(({ field, port, protocol }) => ({
      field: field.at('port'),
      text: port && protocol && `${port}/${protocol}`,
    })),
    'a number of its own',
  )
  refuseRepeated(
    ports.map(({ field, nodePort, protocol }) => ({
      field: field.at('nodePort'),
      text: nodePort && protocol && `${nodePort}/${protocol}`,
    })),
    'a number of its own',
  )
  return ports.map(({ name = '', protocol = 'TCP', port = 0, nodePort = 0 }) => ({
    name,
    protocol,
    port,
    nodePort,
  }))
}

function readExternalIPs(spec: ObjectField): string[] {
  return spec
    .at('externalIPs')
    .list()
    .map((field) => field.requiredAddress() ?? '')
}

function readIngress(status: ObjectField): LoadBalancerIngress[] {
  const entries = status.at('loadBalancer').object().at('ingress').list()
  return entries.flatMap((entry) => {
    const ingress = entry.object()
    const ip = ingress.at('ip')
    // Cloud load balancers that are known by name only have nothing a proxy could capture.
    if (ip.isMissing || ip.value === '') return []
    return [
      {
        ip: ip.requiredAddress() ?? '',
        ipMode: ingress.at('ipMode').oneOf(['VIP', 'Proxy']) ?? 'VIP',
      },
    ]
  })
}

function readSessionAffinity(spec: ObjectField): SessionAffinity {
  const type = spec.at('sessionAffinity').oneOf(['None', 'ClientIP'])
  const config = spec.at('sessionAffinityConfig').object()
  const timeoutSeconds = config.at('clientIP').object().at('timeoutSeconds').integer(1, 86_400)
  if (type === 'ClientIP') return { type, timeoutSeconds: timeoutSeconds ?? 10_800 }
  if (type === 'None' && !config.isMissing) {
    config.problem('is there without its policy', 'sessionAffinity: ClientIP')
  }
  return { type: 'None' }
}

function isAddress(clusterIP: string | undefined): clusterIP is string {
  return addressFamily(clusterIP ?? '') !== undefined
}
