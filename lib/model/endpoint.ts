/**
 * Endpoint: one address and port that can serve a ServicePort, with what its slice says of it.
 *
 * @see kubernetes v1.34 pkg/proxy/endpoint.go
 */

/** Where a connection can be dialled. Plain data; `key` is computed once so that the hot path joins no strings. */
export interface EndpointAddress {
  /** `address:port`, `[address]:port` for IPv6: identity of an endpoint within its ServicePort. */
  readonly key: string
  readonly address: string
  readonly port: number
}

export interface Endpoint extends EndpointAddress {
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
  readonly nodeName: string | undefined
  readonly zone: string | undefined
  /** Zones, and nodes, whose proxies are to use it (KEP-2433, KEP-3015). Empty: no hint. */
  readonly forZones: readonly string[]
  readonly forNodes: readonly string[]
  readonly targetName: string | undefined
}
