/**
 * KernelModel: the lab's Service as a mode of the kernel carries it, where the kernel cannot: rules are rendered and
 * walked, dice are thrown, and connections that are open are remembered as conntrack does.
 *
 * It knows no time: what it returns has no duration. Its rules are those that the lab in namespaces installs.
 */
import { formatHostPort, MemorySource, plannedServicePorts } from '../../index.ts'
import { labObjects } from '../lab-objects.ts'
import type {
  Answer,
  Carriage,
  LabHost,
  LabPod,
  LabScheduler,
  LabService,
  Outcome,
  RequestOptions,
  RuleLine,
  Trace,
} from '../lab.ts'
import { ipvsMode } from '../render/ipvs-mode.ts'
import { kernelServices } from '../render/kernel-service.ts'
import { nftablesMode } from '../render/nftables/nftables-mode.ts'
import { render } from '../render/render.ts'
import { withClusterIPs } from '../render/with-cluster-ips.ts'
import type { Packet, Walk } from '../walk/packet.ts'
import { iptablesRuleSet } from './iptables-rule-set.ts'
import { ipvsRuleSet } from './ipvs-rule-set.ts'
import type { ModelNetwork } from './model-network.ts'
import { nftablesRuleSet } from './nftables-rule-set.ts'
import type { RuleSet } from './rule-set.ts'
import { traceSteps } from './trace-steps.ts'

export type KernelMode = 'iptables' | 'nftables' | 'ipvs'

export interface KernelModelOptions {
  readonly mode: KernelMode
  readonly network: ModelNetwork
  /** In [0, 1). */
  readonly random: () => number
  /** Monotonic clock in ms. */
  readonly now: () => number
}

export interface KernelModelInput {
  readonly service: LabService
  readonly pods: readonly LabPod[]
  readonly otherServices: number
  readonly scheduler: LabScheduler
}

export type Protocol = 'TCP' | 'UDP'

/** An entry of conntrack, or the attempt to make one. */
interface Flow {
  readonly protocol: Protocol
  /** `undefined`: it leads to no pod, and `outcome` says why. */
  readonly pod: LabPod['name'] | undefined
  readonly seenClient: string
  /** Set where nothing will come of it any more. */
  outcome: Outcome | undefined
}

/** kube-proxy's `timeoutSeconds`, where the Service says none. */
const affinityMs = 10_800_000

export class KernelModel {
  readonly #options: KernelModelOptions
  readonly #flows = new Map<number, Flow>()
  readonly #lasts = new Map<string, string>()
  /** By client and protocol, where it was led to and when. */
  readonly #stays = new Map<string, { readonly key: string; readonly atMs: number }>()
  #input: KernelModelInput
  #rules: RuleSet
  #lastId = 0

  static async create(options: KernelModelOptions, input: KernelModelInput): Promise<KernelModel> {
    return new KernelModel(options, input, await ruleSet(options, input, new Map()))
  }

  private constructor(options: KernelModelOptions, input: KernelModelInput, rules: RuleSet) {
    this.#options = options
    this.#input = input
    this.#rules = rules
  }

  /** Installs the rules for other objects. */
  async update(input: KernelModelInput): Promise<void> {
    this.#rules = await ruleSet(this.#options, input, this.#lasts)
    // Rules of `recent` that name another list do not know who was on the old one.
    if (input.service.sessionAffinity === 'None') this.#stays.clear()
    this.setPods(input.pods)
    this.#input = input
  }

  /** What has happened to pods; the rules stay as they are. */
  setPods(pods: readonly LabPod[]): void {
    this.#input = { ...this.#input, pods }
    for (const flow of this.#flows.values()) {
      const pod = pods.find(({ name }) => name === flow.pod)
      // The end of a process ends its connections, and a new one does not know them. UDP has none.
      if (flow.protocol === 'TCP' && pod?.condition === 'killed') flow.outcome ??= 'closed'
    }
  }

  get carriage(): Carriage {
    const { ruleCount, serviceRuleCount } = this.#rules
    // Whoever has bad luck with the dice; and where a scheduler has its turns, this takes none.
    const choice = { random: () => 1 - 1e-9, stays: undefined, open: () => 0 }
    const packet = this.#packet('client', 'cluster-ip', 'TCP')
    const walk = this.#rules.walk(packet, { ...choice, isTrial: true })
    return {
      mode: this.#options.mode,
      truth: 'SIMULATED',
      ruleCount,
      serviceRuleCount,
      walkedRuleCount: walk.ruleCount,
      path: walk.path,
      installMs: undefined,
    }
  }

  get lines(): readonly RuleLine[] {
    return this.#rules.lines
  }

  request({ from = 'client', to = 'cluster-ip' }: RequestOptions, protocol: Protocol): Answer {
    return this.#answer(this.#open(this.#packet(from, to, protocol), protocol).flow)
  }

  hold(protocol: Protocol): number {
    const { flow } = this.#open(this.#packet('client', 'cluster-ip', protocol), protocol)
    this.#flows.set(++this.#lastId, flow)
    return this.#lastId
  }

  /** @param id one that `hold` has returned, and that was not released */
  ask(id: number): Answer {
    const flow = this.#flows.get(id) as Flow
    const answer = this.#answer(flow)
    // Whoever waited in vain over TCP has given up; over UDP there is nothing to give up.
    if (flow.protocol === 'TCP' && answer.outcome !== 'ok') flow.outcome = 'closed'
    return answer
  }

  release(id: number): void {
    this.#flows.delete(id)
  }

  trace(): Trace {
    const packet = this.#packet('client', 'cluster-ip', 'TCP')
    const { flow, walk } = this.#open(packet, 'TCP')
    const answer = this.#answer(flow)
    const steps = traceSteps({ packet, walk, seenClient: flow.seenClient, answer })
    return { truth: 'SIMULATED', answer, steps, crossings: 2, connections: 1 }
  }

  #packet(from: LabHost, to: NonNullable<RequestOptions['to']>, protocol: Protocol): Packet {
    const { addresses, nodeAddress } = this.#options.network
    const { clusterIP, port, nodePort } = this.#input.service
    return {
      source: addresses[from],
      destination: to === 'node-port' ? nodeAddress : clusterIP,
      protocol: protocol === 'TCP' ? 'tcp' : 'udp',
      port: to === 'node-port' ? nodePort : to === 'wrong-port' ? port + 1 : port,
      isFromNode: from === 'node',
    }
  }

  #walk(packet: Packet): Walk {
    const stay = this.#stays.get(`${packet.protocol} ${packet.source}`)
    const isFresh = stay !== undefined && this.#options.now() - stay.atMs < affinityMs
    const stays = isFresh && this.#isUsable(stay.key) ? stay.key : undefined
    const { random } = this.#options
    return this.#rules.walk(packet, { random, stays, open: (key) => this.#openTo(key) })
  }

  #open(packet: Packet, protocol: Protocol): { readonly flow: Flow; readonly walk: Walk } {
    const walk = this.#walk(packet)
    const pod = this.#podAt(walk.destination)
    if (pod === undefined) {
      const outcome: Outcome = walk.fate === 'refused' ? 'refused' : 'timeout'
      return { walk, flow: { protocol, pod: undefined, seenClient: '', outcome } }
    }
    if (this.#input.service.sessionAffinity === 'ClientIP') {
      const stay = { key: walk.destination, atMs: this.#options.now() }
      this.#stays.set(`${packet.protocol} ${packet.source}`, stay)
    }
    const { gateways } = this.#options.network
    // A pod that is led to itself and keeps its own address gets an answer past the node, from a stranger.
    const seenClient = walk.isMasqueraded ? gateways[pod.name] : packet.source
    return { walk, flow: { protocol, pod: pod.name, seenClient, outcome: undefined } }
  }

  #answer({ pod: name, seenClient, outcome }: Flow): Answer {
    const pod = this.#input.pods.find((pod) => pod.name === name)
    const isOk = outcome === undefined && pod?.condition === 'running'
    return {
      outcome: outcome ?? outcomes[(pod as LabPod).condition],
      pod: isOk ? pod.name : '',
      seenClient: isOk ? seenClient : '',
      durationMs: undefined,
      attempts: 1,
    }
  }

  #podAt(key: string): LabPod | undefined {
    return this.#input.pods.find(({ address, port }) => formatHostPort(address, port) === key)
  }

  #isUsable(key: string): boolean {
    const pod = this.#podAt(key)
    return pod !== undefined && pod.isListed && pod.isReady
  }

  #openTo(key: string): number {
    const name = this.#podAt(key)?.name
    const flows = [...this.#flows.values()]
    return flows.filter(({ pod, outcome }) => pod === name && outcome === undefined).length
  }
}

const outcomes = { running: 'ok', killed: 'refused', unplugged: 'timeout' } as const

async function ruleSet(
  { mode, network }: KernelModelOptions,
  { service, pods, otherServices, scheduler }: KernelModelInput,
  lasts: Map<string, string>,
): Promise<RuleSet> {
  const { clusterCIDR, nodeAddress } = network
  const source = new MemorySource(labObjects({ service, pods, otherServices }))
  const { servicePorts } = await plannedServicePorts({ source })
  const nodeAddresses = [nodeAddress]
  if (mode === 'iptables') {
    const rendering = render({ mode, servicePorts, clusterCIDRs: [clusterCIDR], nodeAddresses })
    const text = rendering.families.map(({ text }) => text).join('')
    return iptablesRuleSet({ text, service, nodeAddresses })
  }
  const services = kernelServices(withClusterIPs(servicePorts))
  if (mode === 'nftables') {
    const table = nftablesMode(services, { family: 'IPv4', clusterCIDR, nodeAddress })
    return nftablesRuleSet({ table, service, nodeAddresses })
  }
  const { virtualServers: servers } = ipvsMode(services, { nodeAddresses, scheduler })
  return ipvsRuleSet({ servers, service, clusterCIDR, scheduler, lasts })
}
