/**
 * ProxySocket: accepts for one ServicePort. The interface that the data plane drives; TCP and UDP implement it.
 *
 * @see kubernetes v1.25 pkg/proxy/userspace/proxysocket.go
 */
import type { ListenRole } from '../model/listen-address.ts'
import type { ConnectionInfo, ProxySocketSpec, ProxySocketStatus } from './data-plane.ts'

export interface ProxySocket {
  /** Obeys a new spec of the same key and protocol. Resolves when each new listener was tried once. */
  update(spec: ProxySocketSpec): Promise<void>
  /** Closes the listeners, or all but those of one role. Open connections go on; UDP flows cannot without their listener, and end. */
  stopListening(but?: ListenRole): void
  status(): ProxySocketStatus
  /** Connections or flows that are open. */
  readonly open: number
  connections(): readonly ConnectionInfo[]
  /** Ends by force all that is open. */
  abort(): void
}
