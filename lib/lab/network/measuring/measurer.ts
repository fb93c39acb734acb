/**
 * Measurer: one round of a load, from an address of the client that has no past, and what may have spoiled it.
 */
import type { LabMode, Measurement, MeasureOptions } from '../../lab.ts'
import { freshAddress, links } from '../addresses.ts'
import type { Clients } from '../clients.ts'
import type { Target } from '../../lab-client.ts'
import type { Pods } from '../pods.ts'
import { targetOf } from '../target-of.ts'
import { readTcpCounters, spoiledBy } from './tcp-counters.ts'

export interface MeasurerOptions {
  readonly clients: Clients
  readonly pods: Pods
}

export class Measurer {
  readonly #clients: Clients
  readonly #pods: Pods
  #lastAddress = -1

  constructor({ clients, pods }: MeasurerOptions) {
    this.#clients = clients
    this.#pods = pods
  }

  /** The mode is in force already. */
  async measure(options: MeasureOptions): Promise<Measurement> {
    const { kind, mode, durationMs = 1000, reusesClientAddress = false } = options
    if (!reusesClientAddress || this.#lastAddress === -1) this.#lastAddress++
    const localAddress = freshAddress(this.#lastAddress)
    // This process, which may be the proxy, and the client, and the pods: each has a network namespace of its own.
    const pids = [process.pid, await this.#clients.pid('client'), ...this.#pods.pids]
    const before = await readTcpCounters(pids)
    const targets = this.#targets(mode)
    const load = await this.#clients.load({ kind, targets, localAddress, durationMs })
    const after = await readTcpCounters(pids)
    const { failed } = load
    const invalid = spoiledBy({ before, after, failed, endsWithReset: kind === 'bulk' })
    return { mode, kind, ...load, invalid }
  }

  #targets(mode: LabMode): readonly Target[] {
    if (mode !== 'direct') return [targetOf('cluster-ip')]
    return this.#pods.list.map(({ name, port }) => ({ address: links[name].address, port }))
  }
}
