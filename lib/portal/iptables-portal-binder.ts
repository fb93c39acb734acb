/**
 * IptablesPortalBinder: redirects portals to proxy ports with iptables rules, as Kubernetes v1.0 did.
 *
 * One `iptables-restore` per family and sync, with what differs from the last one; one `iptables-save` before it where
 * that may have been changed by others. The original started one or two processes for every rule, all of it again every
 * 30 s, and never removed a rule that it did not remember.
 *
 * @see kubernetes v1.25 pkg/proxy/userspace/proxier.go `ensurePortals`, `iptablesFlush`
 */
import type { CIDR, IPFamily } from '../address.ts'
import { addressClass, addressFamily } from '../address.ts'
import { ProxyError } from '../errors.ts'
import type { Entry } from '../model/entry.ts'
import type { Node } from '../model/objects.ts'
import type { ServicePort } from '../model/service-port.ts'
import { invalidOption } from '../options.ts'
import { installedProxyPorts, proxyPortKey } from './installed-proxy-ports.ts'
import { holdsOurs, iptablesDifference, iptablesRemoval } from './iptables-diff.ts'
import { iptablesRules } from './iptables-rules.ts'
import type { RestoreStep } from './iptables-diff.ts'
import type { RuleSet } from './iptables-layout.ts'
import { formatRuleSet } from './iptables-save.ts'
import type { IptablesVariant } from './iptables-tool.ts'
import { IptablesTool } from './iptables-tool.ts'
import type { LocalAddressesOptions } from './local-addresses.ts'
import { LocalAddresses } from './local-addresses.ts'
import { parseCIDRs } from './parse-cidrs.ts'
import type {
  BoundServicePort,
  ListenAddress,
  PortalBinder,
  PortalCounts,
  RuleCounts,
} from './portal-binder.ts'
import type { RunCommand } from './run-command.ts'
import { createCommandRunner } from './run-command.ts'
import { changedUdpPortals, forgetUdpFlows, installedUdpPortals } from './udp-flows.ts'
import { warnOnce } from './warn-once.ts'

export interface IptablesPortalBinderOptions extends LocalAddressesOptions {
  /** Where proxy sockets listen: 0.0.0.0 or :: for all addresses of both families (default), or one of the node's. */
  readonly bindAddress?: string
  /** External IPs within these CIDRs are served. Default none: whoever may write a Service could capture any address. */
  readonly externalIPCIDRs?: readonly string[]
  /** How long a change waits for the xtables lock. Default 5. */
  readonly waitSeconds?: number
  /** Default: starts processes. */
  readonly run?: RunCommand
  /** Told, once each, what is wrong without being in the way. Default: nobody. */
  readonly warn?: (message: string) => void
}

const families: readonly IPFamily[] = ['IPv4', 'IPv6']
const wildcards = { IPv4: '0.0.0.0', IPv6: '::' } as const
const loopbacks = { IPv4: '127.0.0.1', IPv6: '::1' } as const

export class IptablesPortalBinder implements PortalBinder {
  readonly mode = 'iptables'
  readonly #bindAddress: string
  readonly #externalIPCIDRs: readonly CIDR[]
  readonly #addresses: LocalAddresses
  readonly #run: RunCommand
  readonly #tools: Readonly<Record<IPFamily, IptablesTool>>
  readonly #warnOnce: (message: string) => void
  /** Families in which rules of ours are, or may be. The other family costs no process. */
  readonly #inUse = new Set<IPFamily>()
  /** Proxy ports that rules of an earlier process lead to. */
  readonly #installed: Record<IPFamily, ReadonlyMap<string, number>> = {
    IPv4: new Map(),
    IPv6: new Map(),
  }
  /** What the last sync of a family left; `undefined` where that is not known. */
  readonly #left: Record<IPFamily, RuleSet | undefined> = { IPv4: undefined, IPv6: undefined }
  /** As of the last sync that succeeded. */
  readonly #rules: Record<IPFamily, readonly RuleCounts[]> = { IPv4: [], IPv6: [] }
  readonly #deletedUdpFlows = { IPv4: 0, IPv6: 0 }
  /** Foreign rules that took the place of a jump once, so that they do not make us write for ever. */
  readonly #tolerated = new Set<string>()

  /** @throws {ProxyError} ERR_INVALID_OPTION */
  constructor(options: IptablesPortalBinderOptions = {}) {
    const { bindAddress = '0.0.0.0', waitSeconds = 5, run = createCommandRunner() } = options
    const kind = addressFamily(bindAddress) && addressClass(bindAddress)
    if (kind !== 'unicast' && kind !== 'unspecified') {
      // The kernel drops what comes from a pod or from outside for 127.0.0.1, and must go on doing so (CVE-2020-8558).
      const right = "0.0.0.0, :: or an address of the node's network"
      throw invalidOption('bindAddress', `is ${JSON.stringify(bindAddress)} with iptables`, right)
    }
    this.#bindAddress = bindAddress
    this.#externalIPCIDRs = parseCIDRs('externalIPCIDRs', options.externalIPCIDRs ?? [])
    this.#addresses = new LocalAddresses(options)
    this.#run = run
    this.#tools = {
      IPv4: new IptablesTool({ family: 'IPv4', run, waitSeconds }),
      IPv6: new IptablesTool({ family: 'IPv6', run, waitSeconds }),
    }
    this.#warnOnce = warnOnce(options.warn)
  }

  /**
   * The proxy port on the bind address, and the node port, so that no other program takes it. The original held it and
   * left its clients waiting where a rule was missing; this one serves them.
   */
  listenAddresses(servicePort: ServicePort, entry: Entry): readonly ListenAddress[] {
    const { family } = servicePort
    const nodePort = entry.ways.includes('node-port') ? servicePort.nodePort : 0
    const isFamily = addressFamily(this.#bindAddress) === family
    const address = isFamily ? this.#bindAddress : wildcards[family]
    const installed = this.#installed[family].get(proxyPortKey(servicePort.name, entry.name))
    const ports = installed === undefined ? [0] : [installed, 0]
    const proxyPort: ListenAddress = { role: 'proxy-port', address, ports }
    if (nodePort === 0) return this.#hasPortal(servicePort, entry) ? [proxyPort] : []
    const { all, addresses } = this.#addresses.nodeportAddresses(family)
    const nodePorts = (all ? [wildcards[family]] : addresses).map((address) => {
      return { role: 'node-port', address, ports: [nodePort] } as const
    })
    return [proxyPort, ...nodePorts]
  }

  /** Without one nothing would ever lead to the proxy port: a Service from a manifest that no cluster has seen. */
  #hasPortal(servicePort: ServicePort, { ways }: Entry): boolean {
    const { clusterIP, externalIPs, loadBalancerIngress } = servicePort
    const isAllowed = (ip: string) => this.#externalIPCIDRs.some((cidr) => cidr.contains(ip))
    return (
      (clusterIP !== undefined && ways.includes('cluster-ip')) ||
      (externalIPs.some(isAllowed) && ways.includes('external-ip')) ||
      (loadBalancerIngress.some(({ ipMode }) => ipMode === 'VIP') &&
        ways.includes('load-balancer-ip'))
    )
  }

  setNode(node: Node | undefined): void {
    this.#addresses.setNode(node?.addresses ?? [])
  }

  async start(): Promise<void> {
    await this.#takeOver('IPv4')
    // A machine without ip6tables can serve IPv4; if an IPv6 Service comes, its sync says what is missing.
    await this.#takeOver('IPv6').catch(() => {})
    await this.#findOtherVariant()
  }

  async sync(bound: readonly BoundServicePort[], { trusts = false } = {}): Promise<void> {
    this.#addresses.refresh()
    if (!trusts) for (const family of families) this.#left[family] = undefined
    const problems: ProxyError[] = []
    for (const family of families) {
      const ofFamily = bound.filter(({ servicePort }) => servicePort.family === family)
      if (ofFamily.length === 0 && !this.#inUse.has(family)) continue
      try {
        problems.push(...(await this.#syncFamily(family, ofFamily)))
      } catch (error) {
        problems.push(error as ProxyError)
      }
    }
    throwAll(problems)
  }

  async close({ keepPortals = false }: { keepPortals?: boolean } = {}): Promise<void> {
    const problems: ProxyError[] = []
    for (const family of keepPortals ? [] : this.#inUse) {
      try {
        await this.#remove(family)
      } catch (error) {
        problems.push(error as ProxyError)
      }
    }
    throwAll(problems)
  }

  counts(): PortalCounts {
    const { IPv4, IPv6 } = this.#tools
    return {
      rules: families.flatMap((family) => this.#rules[family]),
      restoreFailures: { IPv4: IPv4.failures, IPv6: IPv6.failures },
      partialRestoreFailures: { IPv4: IPv4.wrongBeliefs, IPv6: IPv6.wrongBeliefs },
      deletedUdpFlows: { ...this.#deletedUdpFlows },
    }
  }

  /** The rules for `bound`, as `iptables-save` would print them; a port that is 0 is printed as PROXYPORT. */
  rules(bound: readonly BoundServicePort[]): string {
    const used = families.filter((family) =>
      bound.some(({ servicePort }) => servicePort.family === family),
    )
    return used
      .map((family) => {
        const options = { ...this.#rulesOptions(family), unknownPort: 'PROXYPORT' }
        const { ruleSet } = iptablesRules(bound, options)
        return `# ${this.#tools[family].name}\n${formatRuleSet(ruleSet)}`
      })
      .join('')
  }

  async #syncFamily(
    family: IPFamily,
    bound: readonly BoundServicePort[],
  ): Promise<readonly ProxyError[]> {
    if (bound.length === 0) {
      await this.#remove(family)
      return []
    }
    this.#inUse.add(family)
    let displacing: readonly string[] = []
    const wanted = iptablesRules(bound, this.#rulesOptions(family))
    const assumed = this.#left[family]
    this.#left[family] = undefined
    const { steps } = await this.#tools[family].change((present) => {
      const difference = iptablesDifference(wanted.ruleSet, present, this.#tolerated)
      displacing = difference.displacing
      return difference.steps
    }, assumed)
    this.#left[family] = wanted.ruleSet
    this.#rules[family] = ruleCounts(family, wanted.ruleSet, steps)
    for (const rule of displacing) {
      this.#tolerated.add(rule)
      this.#warnOnce(`a rule stood where one of ours must, and was passed, this once: ${rule}`)
    }
    await this.#forgetUdpFlows(family, changedUdpPortals(steps))
    return wanted.problems
  }

  async #remove(family: IPFamily): Promise<void> {
    this.#left[family] = undefined
    const { before } = await this.#tools[family].change(iptablesRemoval)
    this.#inUse.delete(family)
    this.#rules[family] = []
    await this.#forgetUdpFlows(family, installedUdpPortals(before))
  }

  /** The redirects are in place: what goes wrong here delays some flows, and is no reason to begin again. */
  async #forgetUdpFlows(family: IPFamily, portals: ReadonlySet<string>): Promise<void> {
    try {
      this.#deletedUdpFlows[family] += await forgetUdpFlows(portals, { family, run: this.#run })
    } catch (error) {
      const effect =
        'UDP clients that were sending already may keep their old path until they pause'
      this.#warnOnce(`${(error as ProxyError).message}: ${effect}`)
    }
  }

  #rulesOptions(family: IPFamily) {
    let nodeAddress = this.#addresses.nodeAddress(family)
    if (nodeAddress === undefined) {
      nodeAddress = loopbacks[family]
      this.#warnOnce(
        `no ${family} address of the node was found: its own clients are sent to ${nodeAddress}`,
      )
    }
    return { family, nodeAddress, externalIPCIDRs: this.#externalIPCIDRs }
  }

  async #takeOver(family: IPFamily): Promise<void> {
    const present = await this.#tools[family].save()
    this.#installed[family] = installedProxyPorts(present)
    if (holdsOurs(present)) this.#inUse.add(family)
  }

  /** Rules of ours in the other variant would redirect to ports of a process that is gone. */
  async #findOtherVariant(): Promise<void> {
    const version = await this.#run('iptables', ['--version']).catch(() => undefined)
    const other: IptablesVariant = version?.stdout.includes('nf_tables') ? 'legacy' : 'nft'
    for (const family of families) {
      const tool = new IptablesTool({ family, variant: other, run: this.#run, waitSeconds: 0 })
      const rules = await tool.save().catch(() => undefined)
      if (rules === undefined || !holdsOurs(rules)) continue
      this.#warnOnce(
        `${tool.name} holds rules of an earlier run, which iptables does not see: run cleanup`,
      )
    }
  }
}

function ruleCounts(
  family: IPFamily,
  wanted: RuleSet,
  steps: readonly RestoreStep[],
): readonly RuleCounts[] {
  return (['filter', 'nat'] as const).map((table) => ({
    family,
    table,
    rules: [...wanted[table].values()].flat().length,
    written: steps.filter((step) => step.table === table).flatMap(({ lines }) => lines).length,
  }))
}

/** What could be done has been done: a fault of one family or Service is not the others' fault. */
function throwAll(problems: readonly ProxyError[]): void {
  const [first, ...more] = problems
  if (first === undefined) return
  if (more.length === 0) throw first
  const cause = new AggregateError(problems)
  const reason = problems.map(({ reason }) => reason).find((reason) => reason !== undefined)
  throw new ProxyError('ERR_PORTAL', `${first.message}; and ${more.length} more`, { reason, cause })
}
