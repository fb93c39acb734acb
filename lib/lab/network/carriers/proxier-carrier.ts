/**
 * ProxierCarrier: the library's own Proxier, in this process, with portals of either kind.
 *
 * It also remembers, for each connection that clients have opened, how many endpoints were tried.
 */
import type { ConnectionInfo, PortalBinder, Scheduler } from '../../../index.ts'
import { AnyIPPortalBinder, IptablesPortalBinder, MemorySource, Proxier } from '../../../index.ts'
import { labObjects } from '../../lab-objects.ts'
import type { RuleLine } from '../../lab.ts'
import { parseIptablesText } from '../../walk/iptables-text.ts'
import { walkIptables } from '../../walk/walk-iptables.ts'
import { clusterCIDR, nodeAddresses, serviceCIDR, webService } from '../addresses.ts'
import { runOn, succeed } from '../hosts.ts'
import type { Carrier, RuleCounts, Wanted } from './carrier.ts'
import { iptablesListing } from './iptables-listing.ts'
import { firstPacket } from './mode-input.ts'

interface Running {
  readonly proxier: Proxier
  readonly source: MemorySource
  readonly scheduler: Scheduler
  /** What the source holds, by what identifies it. */
  objects: ReadonlyMap<string, object>
}

export type ConnectionListener = (info: ConnectionInfo) => void

/** Of so many connections; those that nobody asked for make room. */
const mostRemembered = 10_000

export class ProxierCarrier implements Carrier {
  readonly truth = 'REAL'
  readonly portals: 'iptables' | 'anyip'
  #running: Running | undefined
  readonly #attempts = new Map<string, number>()

  constructor(portals: 'iptables' | 'anyip') {
    this.portals = portals
  }

  async apply(wanted: Wanted): Promise<number> {
    // It has one for all its life, and none of those that only ipvs has.
    const scheduler = wanted.scheduler === 'lc' ? 'lc' : 'rr'
    if (this.#running?.scheduler !== scheduler) await this.remove()
    const objects = new Map(labObjects(wanted).map((object) => [keyOf(object), object]))
    const begin = performance.now()
    if (this.#running === undefined) this.#running = await this.#start(objects, scheduler)
    else await change(this.#running, objects)
    return performance.now() - begin
  }

  async counts(): Promise<RuleCounts> {
    const path = this.portals === 'anyip' ? ['route local'] : undefined
    const rules = await this.rules()
    const counts = {
      ruleCount: rules.length,
      serviceRuleCount: rules.filter(({ isOfService }) => isOfService).length,
    }
    if (path !== undefined) return { ...counts, walkedRuleCount: undefined, path }
    const saved = parseIptablesText(await succeed('iptables-save', []))
    const walk = walkIptables(saved, firstPacket, { nodeAddresses })
    return { ...counts, walkedRuleCount: walk.ruleCount, path: walk.path }
  }

  async rules(): Promise<readonly RuleLine[]> {
    if (this.portals === 'iptables') {
      return iptablesListing(await succeed('iptables-save', ['-c']), webService)
    }
    const routes = await succeed('ip', ['route', 'show', 'table', 'local', serviceCIDR])
    return routes
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        return { chain: 'route local', text: line.trim(), packets: undefined, isOfService: true }
      })
  }

  async remove(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    await running?.proxier.close()
  }

  /** How many endpoints were tried for the connection of a client; `undefined` where it never got here. */
  attempts(protocol: 'TCP' | 'UDP', clientPort: number): number | undefined {
    const key = `${protocol} ${clientPort}`
    const attempts = this.#attempts.get(key)
    this.#attempts.delete(key)
    return attempts
  }

  /** Tells a listener of all connections, until the returned function is called. */
  watch(listener: ConnectionListener): () => void {
    const proxier = this.#running?.proxier
    proxier?.on('connection', listener).on('close', listener)
    return () => proxier?.off('connection', listener).off('close', listener)
  }

  /** Events of connections cost something: who measures wants none. */
  async quietly<Result>(run: () => Promise<Result>): Promise<Result> {
    const proxier = this.#running?.proxier
    proxier?.off('connection', this.#remember).off('close', this.#remember)
    try {
      return await run()
    } finally {
      proxier?.on('connection', this.#remember).on('close', this.#remember)
    }
  }

  async #start(objects: ReadonlyMap<string, object>, scheduler: Scheduler): Promise<Running> {
    const source = new MemorySource([...objects.values()])
    const proxier = new Proxier({
      source,
      portalBinder: this.#binder(),
      nodeName: 'node',
      clusterCIDRs: [clusterCIDR],
      scheduler,
    })
    proxier.on('connection', this.#remember).on('close', this.#remember)
    await proxier.start()
    return { proxier, source, scheduler, objects }
  }

  #binder(): PortalBinder {
    const run = runOn('node')
    return this.portals === 'iptables'
      ? new IptablesPortalBinder({ run })
      : new AnyIPPortalBinder({ run, serviceCIDRs: [serviceCIDR] })
  }

  readonly #remember: ConnectionListener = ({ protocol, client, attempts }) => {
    const key = `${protocol} ${client.slice(client.lastIndexOf(':') + 1)}`
    this.#attempts.delete(key)
    this.#attempts.set(key, attempts)
    const [oldest = ''] = this.#attempts.keys()
    if (this.#attempts.size > mostRemembered) this.#attempts.delete(oldest)
  }
}

async function change(running: Running, objects: ReadonlyMap<string, object>): Promise<void> {
  const { source, proxier } = running
  const gone = [...running.objects].filter(([key]) => !objects.has(key))
  for (const [, object] of gone) source.delete(identityOf(object))
  const changed = [...objects].filter(
    ([key, object]) => JSON.stringify(running.objects.get(key)) !== JSON.stringify(object),
  )
  source.set(...changed.map(([, object]) => object))
  running.objects = objects
  await proxier.sync()
}

type Identity = Parameters<MemorySource['delete']>[0]

function identityOf(object: object): Identity {
  const { kind, metadata } = object as {
    kind: Identity['kind']
    metadata: { namespace: string; name: string }
  }
  return { kind, ...metadata }
}

function keyOf(object: object): string {
  const { kind, namespace, name } = identityOf(object)
  return `${kind} ${namespace}/${name}`
}
