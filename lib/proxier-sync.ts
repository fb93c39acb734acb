/**
 * ProxierSync: when a Proxier makes the data plane and the portals match what its source has told.
 *
 * Two runners, because no change of an endpoint is to wait for the kernel. What a run does is DataPlaneSync's and
 * PortalSync's.
 */
import type { ChangeCountsView } from './change-counts.ts'
import { ChangeCounts } from './change-counts.ts'
import type { DataPlaneSync } from './data-plane-sync.ts'
import type { ObjectKind } from './model/objects.ts'
import type { PortalSync } from './portal-sync.ts'
import type { SyncInfo } from './proxier-options.ts'
import { SyncRunner } from './sync-runner.ts'

export interface ProxierSyncOptions {
  readonly dataPlaneSync: DataPlaneSync
  readonly portalSync: PortalSync
  readonly minPeriodMs: number
  readonly maxPeriodMs: number
  readonly onSync: (info: SyncInfo) => void
  readonly onPortals: (info: { readonly durationMs: number }) => void
  readonly onFailure: (error: unknown) => void
  /** Monotonic, in ms. */
  readonly now: () => number
  /** In [0, 1). */
  readonly random: () => number
}

export class ProxierSync {
  readonly #options: ProxierSyncOptions
  readonly #changes = new ChangeCounts()
  readonly #dataPlaneRunner: SyncRunner
  readonly #portalRunner: SyncRunner
  readonly #bornMs = Date.now()
  /** Whether the source has told everything once. */
  #isReady = false
  /** Whether what the last sync of the portals left may be believed to be there still. */
  #isTrusting = true
  #lastSyncMs: number | undefined

  constructor(options: ProxierSyncOptions) {
    this.#options = options
    const { onFailure, minPeriodMs, maxPeriodMs, now, random } = options
    const runner = (run: (isPeriodic: boolean) => Promise<void>): SyncRunner =>
      new SyncRunner({ run, onFailure, minPeriodMs, maxPeriodMs, now, random })
    this.#dataPlaneRunner = runner((isPeriodic) => this.#syncDataPlane(isPeriodic))
    this.#portalRunner = runner((isPeriodic) => this.#syncPortals(isPeriodic))
  }

  /** The source has told everything once: from now on changes are programmed. Before, a sync would program a part. */
  ready(): Promise<void> {
    this.#isReady = true
    return this.now()
  }

  /** The source has told of a change. */
  changed(kind: ObjectKind): void {
    this.#changes.note(kind, Date.now())
    if (kind === 'Node') this.#options.dataPlaneSync.nodeChanged()
    if (this.#isReady) this.#dataPlaneRunner.request()
  }

  /** A listener has changed, and is to be reached, or no longer. */
  listenerChanged(): void {
    if (this.#isReady) this.#portalRunner.request()
  }

  /** Resolves when both planes were made to match what was told so far. */
  async now(): Promise<void> {
    await this.#dataPlaneRunner.now()
    await this.#portalRunner.now()
  }

  /** Makes the portals match; what an earlier sync has left is looked at again, because others may have changed it. */
  portalsAnew(): Promise<void> {
    this.#isTrusting = false
    return this.#portalRunner.now()
  }

  async close(): Promise<void> {
    await Promise.all([this.#dataPlaneRunner.close(), this.#portalRunner.close()])
  }

  /** For how long, in ms, the oldest change waits that is not programmed yet. */
  get waitingMs(): number {
    return Math.max(this.#dataPlaneRunner.waitingMs, this.#portalRunner.waitingMs)
  }

  /** When the data plane was last made to match: ms since 1970, `undefined` where it never was. */
  get lastSyncMs(): number | undefined {
    return this.#lastSyncMs
  }

  changes(): ChangeCountsView {
    return this.#changes.view()
  }

  async #syncDataPlane(isPeriodic: boolean): Promise<void> {
    const { dataPlaneSync, portalSync, now, onSync } = this.#options
    const begin = now()
    this.#changes.taken()
    const {
      triggers = [],
      leaving,
      isPortalChange,
      ...changes
    } = await dataPlaneSync.run(isPeriodic)
    portalSync.leave(leaving)
    if (isPortalChange) this.#portalRunner.request()
    const nowMs = Date.now()
    this.#lastSyncMs = nowMs
    const networkProgramming = triggers
      .map(({ family, time }) => ({ family, atMs: Date.parse(time) }))
      .filter(({ atMs }) => atMs > this.#bornMs)
      .map(({ family, atMs }) => ({ family, durationMs: Math.max(0, nowMs - atMs) }))
    onSync({ ...changes, durationMs: now() - begin, networkProgramming })
  }

  async #syncPortals(isPeriodic: boolean): Promise<void> {
    const { dataPlaneSync, portalSync, now, onPortals } = this.#options
    const begin = now()
    // Half of a change is none: an entry that is not bound yet would lose its rules for a moment.
    await dataPlaneSync.settled
    await portalSync.run({ trusts: this.#isTrusting && !isPeriodic })
    this.#isTrusting = true
    onPortals({ durationMs: now() - begin })
  }
}
