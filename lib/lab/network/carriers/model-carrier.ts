/**
 * ModelCarrier: a kernel mode that this kernel or its tools cannot carry: a model of it, which knows no time.
 */
import type { KernelMode } from '../../kernel-model/kernel-model.ts'
import { KernelModel } from '../../kernel-model/kernel-model.ts'
import { modelNetwork } from '../../kernel-model/model-network.ts'
import type { RuleLine } from '../../lab.ts'
import type { Carrier, RuleCounts, Wanted } from './carrier.ts'
import { noRules } from './carrier.ts'

const now = (): number => performance.now()

export class ModelCarrier implements Carrier {
  readonly truth = 'SIMULATED'
  readonly #mode: KernelMode
  #model: KernelModel | undefined

  constructor(mode: KernelMode) {
    this.#mode = mode
  }

  get model(): KernelModel | undefined {
    return this.#model
  }

  async apply(wanted: Wanted): Promise<undefined> {
    if (this.#model === undefined) {
      const options = { mode: this.#mode, network: modelNetwork, random: Math.random, now }
      this.#model = await KernelModel.create(options, wanted)
    } else {
      await this.#model.update(wanted)
    }
  }

  counts(): Promise<RuleCounts> {
    return Promise.resolve(this.#model?.carriage ?? noRules)
  }

  rules(): Promise<readonly RuleLine[]> {
    return Promise.resolve(this.#model?.lines ?? [])
  }

  remove(): Promise<void> {
    this.#model = undefined
    return Promise.resolve()
  }
}
