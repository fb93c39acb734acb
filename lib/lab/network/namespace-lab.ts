/**
 * NamespaceLab: the lab in network namespaces, from within: the node is where this process is.
 *
 * What changes something runs one after the other; what only asks may run at the same time.
 */
import { ProxyError } from '../../index.ts'
import type {
  Answer,
  Carriage,
  CommandOutput,
  HoldOptions,
  Lab,
  LabHost,
  LabMode,
  LabScheduler,
  LabService,
  LabState,
  Measurement,
  MeasureOptions,
  PodCondition,
  PodName,
  RequestOptions,
  RuleLine,
  Trace,
} from '../lab.ts'
import { webService } from './addresses.ts'
import type { Carrier } from './carriers/carrier.ts'
import { createCarriers } from './carriers/create-carriers.ts'
import { ModelCarrier } from './carriers/model-carrier.ts'
import { ProxierCarrier } from './carriers/proxier-carrier.ts'
import type { Clients } from './clients.ts'
import { forgetClosed } from './forget-closed.ts'
import { runOn } from './hosts.ts'
import { Measurer } from './measuring/measurer.ts'
import type { Pods } from './pods.ts'
import type { Probe } from './probe-script.ts'
import { Queue } from '../queue.ts'
import { Tracer } from './tracing/tracer.ts'
import { Traffic } from './traffic.ts'

export interface NamespaceLabOptions {
  readonly probe: Probe
  /** Whether the kernel takes transactions of any size. */
  readonly isRoot: boolean
}

export class NamespaceLab implements Omit<Lab, 'description' | 'close'> {
  readonly #queue = new Queue()
  readonly #pods: Pods
  readonly #traffic: Traffic
  readonly #measurer: Measurer
  readonly #tracer: Tracer
  readonly #carriers: Readonly<Record<LabMode, Carrier>>
  #mode: LabMode = 'direct'
  #carriage: Carriage | undefined
  #service: LabService = webService
  #scheduler: LabScheduler = 'rr'
  #otherServices = 0

  constructor(pods: Pods, clients: Clients, { probe, isRoot }: NamespaceLabOptions) {
    this.#pods = pods
    this.#traffic = new Traffic(clients, pods)
    this.#measurer = new Measurer({ clients, pods })
    this.#tracer = new Tracer({
      // Rules of legacy iptables are not heard of.
      hasXtablesMonitor: probe.hasXtablesMonitor && probe.iptables.includes('nf_tables'),
      request: () => this.#traffic.requestOne(this.#carrier),
      pods: () => pods.list,
    })
    this.#carriers = createCarriers({ probe, isRoot })
  }

  state(): Promise<LabState> {
    return this.#queue.run(async () => ({
      service: this.#service,
      pods: this.#pods.list,
      carriage: this.#carriage ?? (await this.#apply()),
      scheduler: this.#scheduler,
      otherServices: this.#otherServices,
    }))
  }

  setMode(mode: LabMode): Promise<Carriage> {
    return this.#queue.run(() => this.#setMode(mode))
  }

  setScheduler(scheduler: LabScheduler): Promise<Carriage> {
    return this.#queue.run(() => {
      if (this.#carrier instanceof ProxierCarrier && scheduler !== 'rr' && scheduler !== 'lc') {
        const message = `${this.#mode} has no scheduler ${scheduler}; it has rr and lc`
        throw new ProxyError('ERR_UNSUPPORTED', message)
      }
      this.#scheduler = scheduler
      return this.#apply()
    })
  }

  setAffinity(sessionAffinity: LabService['sessionAffinity']): Promise<Carriage> {
    return this.#queue.run(() => {
      this.#service = { ...this.#service, sessionAffinity }
      return this.#apply()
    })
  }

  setOtherServices(count: number): Promise<Carriage> {
    return this.#queue.run(() => {
      this.#otherServices = count
      return this.#apply()
    })
  }

  setCondition(pod: PodName, condition: PodCondition): Promise<void> {
    return this.#queue.run(async () => {
      await this.#pods.setCondition(pod, condition)
      if (this.#carrier instanceof ModelCarrier) this.#carrier.model?.setPods(this.#pods.list)
      this.#traffic.podsChanged()
    })
  }

  setEndpoint(
    pod: PodName,
    endpoint: { readonly isReady?: boolean; readonly isListed?: boolean },
  ): Promise<Carriage> {
    return this.#queue.run(() => {
      this.#pods.setEndpoint(pod, endpoint)
      return this.#apply()
    })
  }

  request(options: RequestOptions = {}): Promise<readonly Answer[]> {
    return this.#traffic.request(this.#carrier, options)
  }

  hold(options: HoldOptions = {}): Promise<number> {
    return this.#traffic.hold(this.#carrier, options)
  }

  ask(id: number, count = 1): Promise<readonly Answer[]> {
    return this.#traffic.ask(id, count)
  }

  release(id: number): Promise<void> {
    return this.#traffic.release(id)
  }

  rules(): Promise<readonly RuleLine[]> {
    return this.#queue.run(() => this.#carrier.rules())
  }

  trace(): Promise<Trace> {
    return this.#queue.run(async () => {
      const carrier = this.#carrier
      if (carrier instanceof ModelCarrier && carrier.model) return carrier.model.trace()
      return this.#tracer.trace(this.#mode, carrier)
    })
  }

  measure(options: MeasureOptions): Promise<Measurement> {
    return this.#queue.run(async () => {
      const { mode } = options
      if (this.#carriers[mode].truth === 'SIMULATED') {
        throw new ProxyError('ERR_UNSUPPORTED', `${mode} is a model here, which has no speed`)
      }
      if (mode !== this.#mode) await this.#setMode(mode)
      const run = (): Promise<Measurement> => this.#measurer.measure(options)
      const carrier = this.#carrier
      return carrier instanceof ProxierCarrier ? carrier.quietly(run) : run()
    })
  }

  async run(host: LabHost, command: string, args: readonly string[]): Promise<CommandOutput> {
    try {
      return await runOn(host)(command, args)
    } catch (error) {
      throw new ProxyError('ERR_LAB', `${command}: ${(error as Error).message}`, { cause: error })
    }
  }

  get #carrier(): Carrier {
    return this.#carriers[this.#mode]
  }

  async #setMode(mode: LabMode): Promise<Carriage> {
    if (mode !== this.#mode) {
      await this.#carrier.remove()
      await forgetClosed()
    }
    this.#mode = mode
    return this.#apply()
  }

  async #apply(): Promise<Carriage> {
    const { truth } = this.#carrier
    const installMs = await this.#carrier.apply({
      service: this.#service,
      pods: this.#pods.list,
      otherServices: this.#otherServices,
      scheduler: this.#scheduler,
    })
    const counts = await this.#carrier.counts()
    this.#carriage = { mode: this.#mode, truth, ...counts, installMs }
    return this.#carriage
  }
}
