/**
 * LoopbackLab: the lab on a machine that gives it nothing but loopback. Client, pods and proxy are real; the modes of
 * the kernel are a model, in a network that is thought up.
 *
 * What would have to be invented here is refused, and the refusal says which level has it.
 */
import { ProxyError } from '../../index.ts'
import type { KernelMode } from '../kernel-model/kernel-model.ts'
import { modelNetwork } from '../kernel-model/model-network.ts'
import type {
  Answer,
  Carriage,
  CommandOutput,
  HoldOptions,
  Lab,
  LabDescription,
  LabHost,
  LabMode,
  LabScheduler,
  LabService,
  LabState,
  MeasureOptions,
  Measurement,
  PodCondition,
  PodName,
  RequestOptions,
  RuleLine,
  Trace,
} from '../lab.ts'
import type { Carrier, Wanted } from './carrier.ts'
import { DirectCarrier } from './direct-carrier.ts'
import { freePort, portNear } from './free-port.ts'
import { LoopbackNetwork } from './loopback-network.ts'
import { LoopbackPods } from './loopback-pods.ts'
import { Measurer } from './measurer.ts'
import { ModelCarrier, podsInModel } from './model-carrier.ts'
import { Queue } from '../queue.ts'
import { loopbackModes } from './loopback-modes.ts'
import { ProxyCarrier } from './proxy-carrier.ts'
import type { RealCarrierOptions } from './real-carrier.ts'
import { unsupported } from './unsupported.ts'

export interface LoopbackLabOptions {
  /** Why no better lab could be had; '' where this one was asked for. Default ''. */
  readonly reason?: string
  /** Whether client, Service and pods have addresses of their own, where the system has such. Default true. */
  readonly hasOwnAddresses?: boolean
  /** Throws the dice of the model, in [0, 1). Default Math.random. */
  readonly random?: () => number
  /** Monotonic clock in ms. Default performance.now. */
  readonly now?: () => number
}

/** Of the Service, unless another program listens there. */
const usualPort = 8080

export class LoopbackLab implements Lab {
  readonly description: LabDescription
  readonly #random: () => number
  readonly #now: () => number
  readonly #pods: LoopbackPods
  readonly #real: RealCarrierOptions
  readonly #measurer: Measurer
  readonly #servicePort: number
  #affinity: LabService['sessionAffinity'] = 'None'
  #scheduler: LabScheduler = 'rr'
  #otherServices = 0
  #carrier: Carrier
  /** A connection lives on with the carrier that has it. */
  readonly #held = new Map<number, { readonly carrier: Carrier; readonly inner: number }>()
  #lastId = 0
  readonly #queue = new Queue()
  #closed: Promise<void> | undefined

  static async open(options: LoopbackLabOptions = {}): Promise<LoopbackLab> {
    const { reason = '', random = Math.random, now = () => performance.now() } = options
    const begin = now()
    const { hasOwnAddresses = true } = options
    const network = hasOwnAddresses ? await LoopbackNetwork.claim() : undefined
    const pods = await LoopbackPods.start(network)
    const { clusterIP } = pods.places
    const port = await portNear({ address: clusterIP, port: usualPort })
    const wrongPort = await freePort(clusterIP)
    const description: LabDescription = {
      level: 'loopback',
      reason,
      clientAddress: pods.places.clientAddress,
      nodeAddresses: ['127.0.0.1'],
      modes: loopbackModes,
      readyMs: now() - begin,
    }
    return new LoopbackLab(description, pods, { port, wrongPort, random, now })
  }

  private constructor(
    description: LabDescription,
    pods: LoopbackPods,
    parts: {
      readonly port: number
      readonly wrongPort: number
      readonly random: () => number
      readonly now: () => number
    },
  ) {
    this.description = description
    this.#pods = pods
    this.#random = parts.random
    this.#now = parts.now
    const { clusterIP, clientAddress } = pods.places
    this.#real = { clientAddress, wrongTarget: { address: clusterIP, port: parts.wrongPort } }
    this.#measurer = new Measurer(this.#real)
    this.#servicePort = parts.port
    this.#carrier = new DirectCarrier(this.#real, this.#wanted())
  }

  async state(): Promise<LabState> {
    const { service, carriage } = this.#carrier
    const { clusterIP, port, nodePort } = service
    const pods = this.#pods.list
    return {
      service: { ...this.#service(), clusterIP, port, nodePort },
      pods: carriage.truth === 'REAL' ? pods : podsInModel(pods),
      carriage,
      scheduler: this.#scheduler,
      otherServices: this.#otherServices,
    }
  }

  setMode(mode: LabMode): Promise<Carriage> {
    return this.#change(() => this.#setMode(mode))
  }

  setScheduler(scheduler: LabScheduler): Promise<Carriage> {
    return this.#change(() => {
      const { mode } = this.#carrier.carriage
      const isProxy = mode === 'userspace' || mode === 'anyip'
      if (isProxy && scheduler !== 'rr' && scheduler !== 'lc') {
        const what = `${mode} has no scheduler ${scheduler}; it has rr and lc`
        throw new ProxyError('ERR_UNSUPPORTED', what)
      }
      this.#scheduler = scheduler
      return isProxy ? this.#setMode(mode) : this.#update()
    })
  }

  setAffinity(affinity: LabService['sessionAffinity']): Promise<Carriage> {
    return this.#change(() => {
      this.#affinity = affinity
      return this.#update()
    })
  }

  setOtherServices(count: number): Promise<Carriage> {
    return this.#change(() => {
      if (this.#carrier.carriage.truth === 'REAL' && count > 0) {
        throw unsupported('on loopback there are no addresses for other Services')
      }
      this.#otherServices = count
      return this.#update()
    })
  }

  setCondition(pod: PodName, condition: PodCondition): Promise<void> {
    return this.#change(async () => {
      if (condition === 'unplugged' && this.#carrier.carriage.truth === 'REAL') {
        throw unsupported('on loopback no pod can be unplugged')
      }
      await this.#pods.setCondition(pod, condition)
      const carriers = [this.#carrier, ...[...this.#held.values()].map(({ carrier }) => carrier)]
      for (const carrier of new Set(carriers)) carrier.setPods(this.#pods.list)
    })
  }

  setEndpoint(
    pod: PodName,
    endpoint: { readonly isReady?: boolean; readonly isListed?: boolean },
  ): Promise<Carriage> {
    return this.#change(() => {
      this.#pods.setEndpoint(pod, endpoint)
      return this.#update()
    })
  }

  request(options: RequestOptions = {}): Promise<readonly Answer[]> {
    return this.#carrier.request(options)
  }

  async hold({ protocol = 'TCP' }: HoldOptions = {}): Promise<number> {
    const carrier = this.#carrier
    this.#held.set(++this.#lastId, { carrier, inner: carrier.hold(protocol) })
    return this.#lastId
  }

  async ask(id: number, count = 1): Promise<readonly Answer[]> {
    const held = this.#held.get(id)
    if (held !== undefined) return held.carrier.ask(held.inner, count)
    throw new ProxyError(
      'ERR_LAB',
      `connection ${id} is not held; one that hold() has returned would be right`,
    )
  }

  async release(id: number): Promise<void> {
    const held = this.#held.get(id)
    this.#held.delete(id)
    held?.carrier.release(held.inner)
  }

  async rules(): Promise<readonly RuleLine[]> {
    return this.#carrier.rules
  }

  trace(): Promise<Trace> {
    return this.#carrier.trace()
  }

  measure(options: MeasureOptions): Promise<Measurement> {
    return this.#change(async () => {
      if (options.mode !== this.#carrier.carriage.mode) await this.#setMode(options.mode)
      const { measured } = this.#carrier
      if (measured.length > 0) return this.#measurer.measure(options, measured)
      throw unsupported(`on loopback ${options.mode} is a model, which has no speed`)
    })
  }

  async run(host: LabHost, command: string): Promise<CommandOutput> {
    throw unsupported(`on loopback there is no ${host} on which ${command} could run`)
  }

  close(): Promise<void> {
    this.#closed ??= this.#queue.run(() => this.#close())
    return this.#closed
  }

  /** One after the other, and none after `close`: whatever it started would stay. */
  #change<Result>(change: () => Promise<Result>): Promise<Result> {
    if (this.#closed === undefined) return this.#queue.run(change)
    return Promise.reject(new ProxyError('ERR_LAB', 'the lab is closed'))
  }

  async #close(): Promise<void> {
    await Promise.all([this.#carrier.close(), this.#measurer.close(), this.#pods.close()])
  }

  async #setMode(mode: LabMode): Promise<Carriage> {
    const isKernel = mode === 'iptables' || mode === 'nftables' || mode === 'ipvs'
    if (!isKernel) this.#refuseUnreal(mode)
    await this.#carrier.close()
    this.#carrier = isKernel ? await this.#model(mode) : await this.#realCarrier(mode)
    return this.#carrier.carriage
  }

  #model(mode: KernelMode): Promise<Carrier> {
    const options = { mode, random: this.#random, now: this.#now }
    return ModelCarrier.start(options, this.#wanted())
  }

  async #realCarrier(mode: 'direct' | 'userspace' | 'anyip'): Promise<Carrier> {
    if (mode === 'direct') return new DirectCarrier(this.#real, this.#wanted())
    return ProxyCarrier.start({ ...this.#real, mode }, this.#wanted())
  }

  /** @throws {ProxyError} ERR_UNSUPPORTED where there is something that only a model can have */
  #refuseUnreal(mode: LabMode): void {
    const unplugged = this.#pods.list.find(({ condition }) => condition === 'unplugged')
    if (unplugged !== undefined) {
      throw unsupported(`${unplugged.name} is unplugged, and on loopback ${mode} cannot be so`)
    }
    if (this.#otherServices > 0) {
      throw unsupported(`on loopback ${mode} has no addresses for other Services`)
    }
  }

  async #update(): Promise<Carriage> {
    await this.#carrier.update(this.#wanted())
    return this.#carrier.carriage
  }

  #wanted(): Wanted {
    return {
      service: this.#service(),
      pods: this.#pods.list,
      scheduler: this.#scheduler,
      otherServices: this.#otherServices,
    }
  }

  #service(): LabService {
    const { clusterIP } = this.#pods.places
    const { nodePort } = modelNetwork
    return {
      name: 'default/web',
      clusterIP,
      port: this.#servicePort,
      nodePort,
      sessionAffinity: this.#affinity,
    }
  }
}
