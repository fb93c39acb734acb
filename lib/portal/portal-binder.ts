/**
 * PortalBinder: makes the addresses that clients dial (portals) reach the proxy sockets, and undoes it.
 *
 * It decides where proxy sockets listen and what the kernel has to do so that they are reached; it opens no socket and
 * sees no connection. An endpoint change never gets here.
 *
 * @see kubernetes v1.25 pkg/proxy/userspace/proxier.go `openPortal`, `closePortal`; there it is woven into the proxier
 */
import type { IPFamily } from '../address.ts'
import type { BoundListener, ListenAddress } from '../model/listen-address.ts'
import type { Entry } from '../model/entry.ts'
import type { Node } from '../model/objects.ts'
import type { ServicePort } from '../model/service-port.ts'

export type { BoundListener, ListenAddress, ListenRole } from '../model/listen-address.ts'

export type PortalMode = 'none' | 'iptables' | 'anyip'

/** One entry of a ServicePort, with the listeners that are bound for it at this moment. */
export interface BoundServicePort {
  readonly servicePort: ServicePort
  readonly entry: Entry
  readonly listeners: readonly BoundListener[]
}

/** What the rules of one table of one family are, and what was done. */
export interface RuleCounts {
  readonly family: IPFamily
  readonly table: 'filter' | 'nat'
  /** Rules that are installed, jumps included. */
  readonly rules: number
  /** Lines that the last sync wrote. */
  readonly written: number
}

export interface PortalCounts {
  readonly rules: readonly RuleCounts[]
  /** Syncs that the kernel or the tool has refused. */
  readonly restoreFailures: Readonly<Record<IPFamily, number>>
  /** Refused because others had changed the rules meanwhile; done at once after another look. */
  readonly partialRestoreFailures: Readonly<Record<IPFamily, number>>
  /** UDP flows of the kernel's connection tracking that were deleted, so that they take their new path. */
  readonly deletedUdpFlows: Readonly<Record<IPFamily, number>>
}

export interface PortalBinder {
  readonly mode: PortalMode
  /** Where the proxy socket of an entry has to listen. Pure; empty where this mode cannot serve it. */
  listenAddresses(servicePort: ServicePort, entry: Entry): readonly ListenAddress[]
  /** The Node this runs on is known now, has changed, or is gone. What it says goes before what was looked up. */
  setNode?(node: Node | undefined): void
  /**
   * Checks that the means are there, and takes over what an earlier process left.
   *
   * @throws {ProxyError} ERR_PORTAL with what is missing and how to get it
   */
  start(): Promise<void>
  /**
   * Makes what `listenAddresses` names listenable, where the kernel has to be told first. Called before these ServicePorts
   * are listened for; costs nothing where all of it is so already. Never rejects: `sync` says what is wrong.
   */
  prepare?(servicePorts: readonly ServicePort[]): Promise<void>
  /**
   * Makes the kernel match: all ServicePorts that exist, with their bound listeners. Called one at a time, and again
   * after a failure.
   *
   * @param options.trusts whether what the last sync left may be believed to be there still. Default false: the kernel
   * is looked at, and what others have changed is mended
   * @throws {ProxyError} ERR_PORTAL; what worked before goes on working
   */
  sync(bound: readonly BoundServicePort[], options?: { trusts?: boolean }): Promise<void>
  /** For metrics, where there is something to count. */
  counts?(): PortalCounts
  /** Removes all that `sync` made, unless it is to be kept for the next process. Idempotent. */
  close(options?: { keepPortals?: boolean }): Promise<void>
}
