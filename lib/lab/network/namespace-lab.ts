/**
 * NamespaceLab: the lab in network namespaces, from within: the node is where this process is.
 *
 * What changes something runs one after the other; what only asks may run at the same time.
 */
import { ProxyError } from '../../index.ts'
import type { Reply } from '../lab-client.ts'
import type {
  Answer,
  Carriage,
  CommandOutput,
  HoldOptions,
  Lab,
  LabHost,
  LabMode,
  LabModeInfo,
  LabScheduler,
  LabService,
  LabState,
  PodCondition,
  PodName,
  RequestOptions,
  RuleLine,
} from '../lab.ts'
import { webService } from './addresses.ts'
import type { Carrier, Wanted } from './carriers/carrier.ts'
import { DirectCarrier } from './carriers/direct-carrier.ts'
import { IptablesCarrier } from './carriers/iptables-carrier.ts'
import { NftablesCarrier } from './carriers/nftables-carrier.ts'
import { ProxierCarrier } from './carriers/proxier-carrier.ts'
import type { Clients } from './clients.ts'
import { runOn } from './hosts.ts'
import type { Pods } from './pods.ts'
import type { Probe } from './probe-script.ts'
import { Queue } from './queue.ts'
import { targetOf } from './targets.ts'

export interface NamespaceLabOptions {
  readonly modes: readonly LabModeInfo[]
  readonly probe: Probe
  /** Whether the kernel takes transactions of any size. */
  readonly isRoot: boolean
}

/** What an unprivileged user may write at once, with room to spare: 883 rules passed, 1763 did not. */
const linesPerCommit = 256

export class NamespaceLab implements Omit<Lab, 'description' | 'close' | 'trace' | 'measure'> {
  readonly #queue = new Queue()
  readonly #pods: Pods
  readonly #clients: Clients
  readonly #modes: readonly LabModeInfo[]
  readonly #carriers: ReadonlyMap<LabMode, Carrier>
  #mode: LabMode = 'direct'
  #carriage: Carriage | undefined
  #service: LabService = webService
  #scheduler: LabScheduler = 'rr'
  #otherServices = 0
  #turn = 0

  constructor(pods: Pods, clients: Clients, { modes, isRoot }: NamespaceLabOptions) {
    this.#pods = pods
    this.#clients = clients
    this.#modes = modes
    const lines = isRoot ? Number.POSITIVE_INFINITY : linesPerCommit
    this.#carriers = new Map<LabMode, Carrier>([
      ['direct', new DirectCarrier()],
      ['userspace', new ProxierCarrier('iptables')],
      ['anyip', new ProxierCarrier('anyip')],
      ['iptables', new IptablesCarrier(lines)],
      ['nftables', new NftablesCarrier(lines)],
    ])
  }

  async state(): Promise<LabState> {
    return {
      service: this.#service,
      pods: this.#pods.list,
      carriage: await this.#queue.run(() => this.#ensureCarriage()),
      scheduler: this.#scheduler,
      otherServices: this.#otherServices,
    }
  }

  setMode(mode: LabMode): Promise<Carriage> {
    return this.#queue.run(() => this.#setMode(mode))
  }

  setScheduler(scheduler: LabScheduler): Promise<Carriage> {
    return this.#change(() => (this.#scheduler = scheduler))
  }

  setAffinity(sessionAffinity: LabService['sessionAffinity']): Promise<Carriage> {
    return this.#change(() => (this.#service = { ...this.#service, sessionAffinity }))
  }

  setOtherServices(count: number): Promise<Carriage> {
    return this.#change(() => (this.#otherServices = count))
  }

  setCondition(pod: PodName, condition: PodCondition): Promise<void> {
    return this.#queue.run(() => this.#pods.setCondition(pod, condition))
  }

  setEndpoint(
    pod: PodName,
    endpoint: { readonly isReady?: boolean; readonly isListed?: boolean },
  ): Promise<Carriage> {
    return this.#change(() => this.#pods.setEndpoint(pod, endpoint))
  }

  async request(options: RequestOptions = {}): Promise<readonly Answer[]> {
    const { from = 'client', to = 'cluster-ip', ...rest } = options
    if (this.#mode !== 'direct' || to !== 'cluster-ip') {
      const replies = await this.#clients.request(from, { ...rest, target: targetOf(to) })
      return replies.map((reply) => this.#answer(reply))
    }
    return this.#requestDirectly(options)
  }

  async hold({ protocol = 'TCP' }: HoldOptions = {}): Promise<number> {
    const target = this.#mode === 'direct' ? this.#nextPod() : targetOf('cluster-ip')
    return this.#clients.hold({ protocol, target })
  }

  async ask(id: number, count = 1): Promise<readonly Answer[]> {
    const { protocol, replies } = await this.#clients.ask(id, count)
    return replies.map((reply) => this.#answer(reply, protocol))
  }

  release(id: number): Promise<void> {
    return this.#clients.release(id)
  }

  rules(): Promise<readonly RuleLine[]> {
    return this.#queue.run(() => this.#carrier(this.#mode).rules())
  }

  async run(host: LabHost, command: string, args: readonly string[]): Promise<CommandOutput> {
    try {
      return await runOn(host)(command, args)
    } catch (error) {
      throw new ProxyError('ERR_LAB', `${command}: ${(error as Error).message}`, { cause: error })
    }
  }

  #change(change: () => void): Promise<Carriage> {
    return this.#queue.run(() => {
      change()
      return this.#apply()
    })
  }

  async #setMode(mode: LabMode): Promise<Carriage> {
    const carrier = this.#carrier(mode)
    if (mode !== this.#mode) await this.#carrier(this.#mode).remove()
    this.#mode = mode
    return this.#applyTo(carrier)
  }

  #apply(): Promise<Carriage> {
    return this.#applyTo(this.#carrier(this.#mode))
  }

  async #applyTo(carrier: Carrier): Promise<Carriage> {
    const installMs = await carrier.apply(this.#wanted())
    this.#carriage = { mode: this.#mode, truth: 'REAL', ...(await carrier.counts()), installMs }
    return this.#carriage
  }

  async #ensureCarriage(): Promise<Carriage> {
    return this.#carriage ?? (await this.#apply())
  }

  #wanted(): Wanted {
    return {
      service: this.#service,
      pods: this.#pods.list,
      otherServices: this.#otherServices,
      scheduler: this.#scheduler,
    }
  }

  /** @throws {ProxyError} ERR_UNSUPPORTED */
  #carrier(mode: LabMode): Carrier {
    const carrier = this.#carriers.get(mode)
    if (carrier !== undefined) return carrier
    const { reason = '' } = this.#modes.find((info) => info.mode === mode) ?? {}
    throw new ProxyError('ERR_UNSUPPORTED', `mode ${mode}: ${reason}`)
  }

  async #requestDirectly(options: RequestOptions): Promise<readonly Answer[]> {
    const { from = 'client', count = 1 } = options
    const answers: Answer[] = []
    for (let i = 0; i < count; i++) {
      const request = { ...options, count: 1, target: this.#nextPod() }
      const replies = await this.#clients.request(from, request)
      answers.push(...replies.map((reply) => this.#answer(reply)))
    }
    return answers
  }

  #nextPod(): { address: string; port: number } {
    const listed = this.#pods.list.filter(({ isListed, isReady }) => isListed && isReady)
    const pods = listed.length > 0 ? listed : this.#pods.list
    const { address = '', port = 0 } = pods[this.#turn++ % pods.length] ?? {}
    return { address, port }
  }

  #answer({ localPort, ...reply }: Reply, protocol: 'TCP' | 'UDP' = 'TCP'): Answer {
    const carrier = this.#carriers.get(this.#mode)
    const attempts = carrier instanceof ProxierCarrier ? carrier.attempts(protocol, localPort) : 1
    return { ...reply, attempts: attempts ?? 1 }
  }
}
