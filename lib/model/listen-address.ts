/**
 * Where a proxy socket has to listen, and where it does. The portal binder decides, the data plane obeys.
 */

/** What a listener of a ServicePort is for. */
export type ListenRole =
  /** The proxy port: what redirects lead to, or with portal mode `none` the one place to dial. */
  | 'proxy-port'
  /** The Service's node port on an address of this node. */
  | 'node-port'
  /** The portal itself: a cluster IP, external IP or load-balancer IP that the kernel treats as local. */
  | 'portal'

export interface ListenAddress {
  readonly role: ListenRole
  readonly address: string
  /** Tried in this order until one is free and allowed; 0 is any free port of the proxy port range. Never empty. */
  readonly ports: readonly number[]
}

export interface BoundListener {
  readonly role: ListenRole
  readonly address: string
  readonly port: number
}
