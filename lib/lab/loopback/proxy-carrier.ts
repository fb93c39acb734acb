/**
 * ProxyCarrier: a Proxier on loopback. It listens on the very address that clients dial: there is nothing to redirect.
 */
import type { ConnectionInfo, ProxiedStatus } from '../../index.ts'
import { formatHostPort, MemorySource, NonePortalBinder, Proxier, ProxyError } from '../../index.ts'
import type { Protocol } from '../kernel-model/kernel-model.ts'
import { labObjects } from '../lab-objects.ts'
import type { Answer, Carriage, LabService, Trace, TraceStep } from '../lab.ts'
import type { Target } from '../lab-client.ts'
import type { Carrier, Wanted } from './carrier.ts'
import type { RealCarrierOptions } from './real-carrier.ts'
import { RealCarrier } from './real-carrier.ts'

export interface ProxyCarrierOptions extends RealCarrierOptions {
  readonly mode: 'userspace' | 'anyip'
}

export class ProxyCarrier extends RealCarrier implements Carrier {
  readonly carriage: Carriage
  readonly #source: MemorySource
  readonly #proxier: Proxier
  readonly #targets: ReadonlyMap<string, Target>
  readonly #service: LabService
  /** The newest of each client. */
  readonly #connections = new Map<string, ConnectionInfo>()
  #newestId = 0
  #onNewest: ((info: ConnectionInfo) => void) | undefined

  static async start(options: ProxyCarrierOptions, wanted: Wanted): Promise<ProxyCarrier> {
    const begin = performance.now()
    const source = new MemorySource(labObjects({ ...wanted, otherServices: 0 }))
    const proxier = new Proxier({
      source,
      portalBinder: new NonePortalBinder({ bindAddress: wanted.service.clusterIP }),
      scheduler: wanted.scheduler === 'lc' ? 'lc' : 'rr',
      minSyncPeriodMs: 0,
    })
    await proxier.start()
    const targets = await listenersOf(proxier)
    const installMs = performance.now() - begin
    return new ProxyCarrier(options, wanted.service, { source, proxier, targets, installMs })
  }

  private constructor(
    { mode, ...options }: ProxyCarrierOptions,
    service: LabService,
    parts: {
      readonly source: MemorySource
      readonly proxier: Proxier
      readonly targets: ReadonlyMap<string, Target>
      readonly installMs: number
    },
  ) {
    super(options)
    this.#source = parts.source
    this.#proxier = parts.proxier
    this.#targets = parts.targets
    this.#service = service
    this.carriage = {
      mode,
      truth: 'REAL',
      ruleCount: 0,
      serviceRuleCount: 0,
      walkedRuleCount: undefined,
      path: [],
      installMs: parts.installMs,
    }
    const note = (info: ConnectionInfo): void => {
      this.#connections.set(`${info.protocol} ${info.client}`, info)
      if (info.id <= this.#newestId) return
      this.#newestId = info.id
      this.#onNewest?.(info)
    }
    this.#proxier.on('connection', note).on('close', note)
  }

  get service(): LabService {
    const { port } = this.target('cluster-ip', 'TCP')
    return { ...this.#service, port }
  }

  async update({ service, pods }: Wanted): Promise<void> {
    this.#source.set(...labObjects({ service, pods, otherServices: 0 }))
    await this.#proxier.sync()
  }

  setPods(): void {}

  async trace(): Promise<Trace> {
    // A proxy that refuses tells of it only when the connection is gone, which may be after the client knows.
    const newest = new Promise<ConnectionInfo>((resolve) => (this.#onNewest = resolve))
    const [answer] = (await this.request({})) as readonly [Answer]
    const info = await newest
    const { clusterIP, port } = this.service
    const inward = { source: info.client, destination: formatHostPort(clusterIP, port), rule: '' }
    const outward = { source: '127.0.0.1', destination: info.endpoint, rule: '' }
    const accepted: TraceStep[] = [
      { station: 'client', space: 'user', ...inward },
      { station: 'loopback', space: 'kernel', ...inward },
      { station: 'proxy-accept', space: 'user', ...inward },
    ]
    if (info.endpoint === '') {
      return { truth: 'REAL', answer, steps: accepted, crossings: 2, connections: 1 }
    }
    const steps: TraceStep[] = [
      ...accepted,
      { station: 'proxy-dial', space: 'user', ...outward },
      { station: 'loopback', space: 'kernel', ...outward },
      { station: 'pod', space: 'user', ...outward },
    ]
    return { truth: 'REAL', answer, steps, crossings: 4, connections: 2 }
  }

  get measured(): readonly Target[] {
    return [this.target('cluster-ip', 'TCP')]
  }

  override async close(): Promise<void> {
    await this.#proxier.close()
    await super.close()
  }

  protected target(to: 'cluster-ip' | 'node-port', protocol: Protocol): Target {
    const target = this.#targets.get(`${to} ${protocol}`)
    if (target !== undefined) return target
    throw new ProxyError('ERR_LAB', `the proxy does not listen for ${protocol} at its ${to}`)
  }

  protected attempts(protocol: Protocol, client: string): number {
    return Math.max(1, this.#connections.get(`${protocol} ${client}`)?.attempts ?? 1)
  }
}

/** By `cluster-ip TCP`: where it listens. A port that another program has is left out. */
async function listenersOf(proxier: Proxier): Promise<Map<string, Target>> {
  const targets = new Map<string, Target>()
  for (const { listeners, protocol } of (await proxier.services()) as ProxiedStatus[]) {
    for (const { role, address, port } of listeners) {
      const key = `${role === 'node-port' ? role : 'cluster-ip'} ${protocol}`
      if (port > 0 && !targets.has(key)) targets.set(key, { address, port })
    }
  }
  return targets
}
