/**
 * PortalSync: makes the portals lead to the proxy sockets that are bound, and ends those to which none leads any more.
 *
 * It runs by itself, so that no change of an endpoint ever waits for the kernel, or for a retry because the kernel said
 * no. When it runs is the Proxier's to say; one run at a time.
 */
import type { KnownServicePorts } from './known-service-ports.ts'
import type { PortalBinder } from './portal/portal-binder.ts'
import type { DataPlane } from './relay/data-plane.ts'

export interface PortalSyncOptions {
  readonly portalBinder: PortalBinder
  readonly dataPlane: Pick<DataPlane, 'apply' | 'stats'>
  readonly known: KnownServicePorts
}

export class PortalSync {
  readonly #options: PortalSyncOptions
  /** Proxy sockets of entries that are no more, to which rules may still lead. */
  readonly #leaving = new Set<string>()

  constructor(options: PortalSyncOptions) {
    this.#options = options
  }

  /** These proxy sockets are to be removed as soon as a run has succeeded that began later. */
  leave(socketKeys: readonly string[]): void {
    for (const key of socketKeys) this.#leaving.add(key)
  }

  /**
   * @param options.trusts see `PortalBinder.sync`
   * @throws {ProxyError} ERR_PORTAL; then everything is as it was
   */
  async run(options: { trusts: boolean }): Promise<void> {
    const { portalBinder, dataPlane, known } = this.#options
    const leaving = [...this.#leaving]
    await portalBinder.sync(known.bound(await dataPlane.stats()), options)
    for (const key of leaving) this.#leaving.delete(key)
    // Nothing leads to them any more. One that has come back meanwhile stays.
    const removed = leaving.filter((key) => known.ofSocket(key) === undefined)
    await dataPlane.apply({ set: [], removed })
  }
}
