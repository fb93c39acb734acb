/**
 * ServicePortName: the identity of one port of one Service. Ports are matched by name and protocol, never by number.
 *
 * @see kubernetes v1.34 pkg/proxy/types.go. There `String()` leaves out the protocol, so that a Service with one
 * name for a TCP and a UDP port is ambiguous in its text; our key has it.
 */

/** The protocols this proxy carries. SCTP is read, listed and not proxied: Node has no socket for it. */
export type Protocol = 'TCP' | 'UDP'

export interface ServicePortName {
  readonly namespace: string
  readonly name: string
  /** The port's name; `''` for the unnamed port of a Service that has only one. */
  readonly port: string
  readonly protocol: Protocol
}

/** `namespace/name`, the key of a Service. */
export function serviceKey(object: { readonly namespace: string; readonly name: string }): string {
  return `${object.namespace}/${object.name}`
}

/** `namespace/name:port`, or `namespace/name` for an unnamed port: how a ServicePort is shown to people. */
export function formatServicePortName(name: ServicePortName): string {
  return name.port === '' ? serviceKey(name) : `${serviceKey(name)}:${name.port}`
}

/** `namespace/name:port/PROTOCOL`, unique for each ServicePortName: the key of every map. */
export function servicePortNameKey(name: ServicePortName): string {
  return `${serviceKey(name)}:${name.port}/${name.protocol}`
}
