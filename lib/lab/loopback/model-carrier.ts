/**
 * ModelCarrier: a mode of the kernel, as a model.
 */
import type { KernelModelOptions, Protocol } from '../kernel-model/kernel-model.ts'
import { KernelModel } from '../kernel-model/kernel-model.ts'
import { modelNetwork } from '../kernel-model/model-network.ts'
import type { Answer, Carriage, LabPod, RequestOptions, RuleLine, Trace } from '../lab.ts'
import type { Carrier, Wanted } from './carrier.ts'

export class ModelCarrier implements Carrier {
  readonly service = modelNetwork
  readonly measured = []
  readonly #model: KernelModel

  static async start(
    options: Omit<KernelModelOptions, 'network'>,
    wanted: Wanted,
  ): Promise<ModelCarrier> {
    const all = { ...options, network: modelNetwork }
    return new ModelCarrier(await KernelModel.create(all, inModel(wanted)))
  }

  private constructor(model: KernelModel) {
    this.#model = model
  }

  get carriage(): Carriage {
    return this.#model.carriage
  }

  get rules(): readonly RuleLine[] {
    return this.#model.lines
  }

  update(wanted: Wanted): Promise<void> {
    return this.#model.update(inModel(wanted))
  }

  setPods(pods: readonly LabPod[]): void {
    this.#model.setPods(podsInModel(pods))
  }

  async request({ count = 1, ...options }: RequestOptions): Promise<readonly Answer[]> {
    return Array.from({ length: count }, () => this.#model.request(options, 'TCP'))
  }

  hold(protocol: Protocol): number {
    return this.#model.hold(protocol)
  }

  async ask(id: number, count: number): Promise<readonly Answer[]> {
    return Array.from({ length: count }, () => this.#model.ask(id))
  }

  release(id: number): void {
    this.#model.release(id)
  }

  async trace(): Promise<Trace> {
    return this.#model.trace()
  }

  async close(): Promise<void> {}
}

function inModel({ service, pods, ...rest }: Wanted): Wanted {
  const { clusterIP, port, nodePort } = modelNetwork
  return { ...rest, service: { ...service, clusterIP, port, nodePort }, pods: podsInModel(pods) }
}

/** The same pods, at the addresses that they have in the model. */
export function podsInModel(pods: readonly LabPod[]): LabPod[] {
  const { addresses, podPort } = modelNetwork
  return pods.map((pod) => ({ ...pod, address: addresses[pod.name], port: podPort }))
}
