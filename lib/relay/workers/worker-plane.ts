/**
 * WorkerPlane: the data plane within a worker thread: an InProcessDataPlane that is one of several.
 *
 * It listens where the main thread says, at ports that are known to be free, and tells what it would call back.
 */
import type { LateReply, ListenerStatus, ProxySocketSpec, SocketPins } from '../data-plane.ts'
import { DescriptorBudget } from '../descriptor-budget.ts'
import { InProcessDataPlane } from '../in-process-data-plane.ts'
import { OwnListeners } from '../own-listeners.ts'
import type { ForeignListener, WorkerInit, WorkerNews } from './worker-message.ts'

export class WorkerPlane extends InProcessDataPlane {
  readonly #ownListeners: OwnListeners
  readonly #tell: (news: WorkerNews) => void

  constructor({ index, options, isSuccessor, descriptorLimit, cells }: WorkerInit, tell: Tell) {
    const ownListeners = new OwnListeners()
    const watches = new Int32Array(cells.watches)
    const lastId = new BigInt64Array(cells.lastId)
    super({
      options,
      isSuccessor,
      events: {
        listener: (key, status) => tell({ type: 'listener', key, status }),
        connection: (info) => tell({ type: 'connection', info }),
        close: (info) => tell({ type: 'close', info }),
        watchesConnections: () => Atomics.load(watches, 0) === 1,
      },
      among: {
        index,
        budget: new DescriptorBudget(descriptorLimit, {
          cells: new Int32Array(cells.budget),
          index,
        }),
        ownListeners,
        nextId: () => Number(Atomics.add(lastId, 0, 1n)) + 1,
      },
    })
    this.#ownListeners = ownListeners
    this.#tell = tell
  }

  /** As `apply` of one spec; returns the status of the listener at this place, or of one that could not be bound. */
  async listen(
    spec: ProxySocketSpec,
    place: { address: string; port: number },
  ): Promise<ListenerStatus | undefined> {
    await this.apply({ set: [spec], removed: [] })
    const here = this.listeners(spec.key).filter(({ address }) => address === place.address)
    const bound = here.find(({ port }) => port === place.port)
    return bound ?? here.find(({ error }) => error !== undefined)
  }

  /** Where other threads listen, or no longer. */
  async noteListeners(listeners: readonly ForeignListener[]): Promise<void> {
    for (const { protocol, address, port, isBound } of listeners) {
      if (isBound) this.#ownListeners.add(protocol, address, port)
      else this.#ownListeners.delete(protocol, address, port)
    }
  }

  /** As `handOver`; late replies are told. */
  leave(): Promise<readonly SocketPins[]> {
    return this.handOver((reply: LateReply) => this.#tell({ type: 'late-reply', reply }))
  }
}

type Tell = (news: WorkerNews) => void
