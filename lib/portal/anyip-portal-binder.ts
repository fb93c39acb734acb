/**
 * AnyIPPortalBinder: makes the kernel take the Service CIDR for local, so that proxy sockets can listen on the portals
 * themselves. One route for any number of Services, and one for each external IP that comes from elsewhere; no
 * netfilter, no conntrack, no open proxy port.
 *
 * It differs from a redirect in what it cannot do: serve an address of a neighbour, a load-balancer IP that is not of
 * this node, or a cluster IP outside of the given CIDRs. Those are left out, with a warning each.
 */
import { readFile } from 'node:fs/promises'
import type { IPFamily } from '../address.ts'
import { CIDR } from '../address.ts'
import { ProxyError } from '../errors.ts'
import { formatServicePortName } from '../model/service-port-name.ts'
import type { Entry } from '../model/entry.ts'
import type { Node } from '../model/objects.ts'
import type { ServicePort } from '../model/service-port.ts'
import { invalidOption } from '../options.ts'
import type { AnyIPPortal } from './anyip-portals.ts'
import { anyIPPortals } from './anyip-portals.ts'
import type { Route } from './anyip-routes.ts'
import { anyIPRoute, isAnyIPRoute, isOurs, overlappingRoute } from './anyip-routes.ts'
import { IpTool } from './ip-tool.ts'
import type { LocalAddressesOptions } from './local-addresses.ts'
import { LocalAddresses } from './local-addresses.ts'
import { parseCIDRs } from './parse-cidrs.ts'
import type { BoundServicePort, ListenAddress, PortalBinder } from './portal-binder.ts'
import type { RunCommand } from './run-command.ts'
import { createCommandRunner } from './run-command.ts'
import { warnOnce } from './warn-once.ts'

export interface AnyIPPortalBinderOptions extends LocalAddressesOptions {
  /** Where the cluster allocates cluster IPs: what kube-apiserver has as `--service-cluster-ip-range`. */
  readonly serviceCIDRs: readonly string[]
  /** External IPs within these CIDRs are served. Default none: whoever may write a Service could capture any address. */
  readonly externalIPCIDRs?: readonly string[]
  /** Default: starts processes. */
  readonly run?: RunCommand
  /** Reads a file of /proc. Default: from the network namespace of this process. */
  readonly readFile?: (path: string) => Promise<string>
  /** Told, once each, what is left out. Default: nobody. */
  readonly warn?: (message: string) => void
}

const nonlocalBind = 'net.ipv6.ip_nonlocal_bind'

export class AnyIPPortalBinder implements PortalBinder {
  readonly mode = 'anyip'
  readonly #serviceCIDRs: readonly CIDR[]
  readonly #externalIPCIDRs: readonly CIDR[]
  readonly #addresses: LocalAddresses
  /** One for each family that has a Service CIDR. */
  readonly #tools: ReadonlyMap<IPFamily, IpTool>
  readonly #readFile: (path: string) => Promise<string>
  readonly #warnOnce: (message: string) => void
  /** External IPs that have a route, as far as we know. */
  #routed: ReadonlySet<string> = new Set()

  /** @throws {ProxyError} ERR_INVALID_OPTION */
  constructor(options: AnyIPPortalBinderOptions) {
    const { run = createCommandRunner(), readFile: read = readText } = options
    this.#serviceCIDRs = parseCIDRs('serviceCIDRs', options.serviceCIDRs)
    if (this.#serviceCIDRs.length === 0) {
      throw invalidOption('serviceCIDRs', 'is empty', "the cluster's range (10.96.0.0/12)")
    }
    this.#externalIPCIDRs = parseCIDRs('externalIPCIDRs', options.externalIPCIDRs ?? [])
    this.#addresses = new LocalAddresses(options)
    const families = this.#serviceCIDRs.map(({ family }) => family)
    this.#tools = new Map(families.map((family) => [family, new IpTool({ family, run })]))
    this.#readFile = read
    this.#warnOnce = warnOnce(options.warn)
  }

  /**
   * The portals that this node can make local, and the node port on each of the node's addresses. None of them is a
   * wildcard: that would also answer on every cluster IP, and UDP answers would leave with a wrong source address.
   */
  listenAddresses(servicePort: ServicePort, { ways }: Entry): readonly ListenAddress[] {
    const { port, nodePort, family } = servicePort
    const wanted = new Map<string, ListenAddress>()
    for (const { way, address, leftOut } of this.#portals(servicePort)) {
      if (leftOut !== undefined || !ways.includes(way)) continue
      wanted.set(`${address} ${port}`, { role: 'portal', address, ports: [port] })
    }
    const nodeports =
      nodePort === 0 || !ways.includes('node-port')
        ? []
        : this.#addresses.nodeportAddresses(family).addresses
    for (const address of nodeports) {
      wanted.set(`${address} ${nodePort}`, { role: 'node-port', address, ports: [nodePort] })
    }
    return [...wanted.values()]
  }

  setNode(node: Node | undefined): void {
    this.#addresses.setNode(node?.addresses ?? [])
  }

  async start(): Promise<void> {
    for (const [family, tool] of this.#tools) {
      if (family === 'IPv6') await this.#checkNonlocalBind()
      const routes = await tool.show('all')
      for (const cidr of this.#cidrsOf(family)) {
        const route = overlappingRoute(routes, cidr)
        if (route === undefined) continue
        const message = `service CIDR ${cidr.toString()} would cut off "${route.text}": give a CIDR without it`
        throw new ProxyError('ERR_PORTAL', `${message}, or use --portals iptables`)
      }
      await this.#mend(tool, this.#cidrsOf(family), routes)
    }
  }

  async prepare(servicePorts: readonly ServicePort[]): Promise<void> {
    const external = this.#externalIPs(servicePorts)
    const added = external.filter((cidr) => !this.#routed.has(cidr.toString()))
    for (const family of new Set(added.map((cidr) => cidr.family))) {
      const tool = this.#tools.get(family) as IpTool
      const cidrs = added.filter((cidr) => cidr.family === family)
      // What fails here, sync will try again, and say.
      const adding = tool.show('local').then((routes) => this.#add(tool, cidrs, routes))
      await adding.catch(() => {})
    }
    this.#routed = new Set([...this.#routed, ...external.map(String)])
  }

  async sync(bound: readonly BoundServicePort[]): Promise<void> {
    this.#addresses.refresh()
    const external = this.#externalIPs(bound.map(({ servicePort }) => servicePort))
    this.#routed = new Set(external.map(String))
    for (const [family, tool] of this.#tools) {
      const ofFamily = external.filter((cidr) => cidr.family === family)
      await this.#mend(tool, [...this.#cidrsOf(family), ...ofFamily], await tool.show('local'))
    }
    for (const { servicePort } of bound) {
      const name = formatServicePortName(servicePort.name)
      for (const { address, leftOut } of this.#portals(servicePort)) {
        if (leftOut !== undefined) this.#warnOnce(`${name}: ${address} is not served: ${leftOut}`)
      }
    }
  }

  async close({ keepPortals = false }: { keepPortals?: boolean } = {}): Promise<void> {
    for (const tool of keepPortals ? [] : this.#tools.values()) {
      for (const route of (await tool.show('local')).filter(isOurs)) await tool.remove(route)
    }
  }

  /** The commands that are run for `bound` on a machine that holds nothing of ours, one a line. */
  rules(bound: readonly BoundServicePort[]): string {
    const external = this.#externalIPs(bound.map(({ servicePort }) => servicePort))
    const commands = [...this.#serviceCIDRs, ...external].map((cidr) => {
      const route = anyIPRoute(cidr, this.#addresses.nodeAddress(cidr.family)).join(' ')
      return `ip ${cidr.family === 'IPv4' ? '-4' : '-6'} route replace ${route}\n`
    })
    return commands.join('')
  }

  #portals(servicePort: ServicePort): readonly AnyIPPortal[] {
    return anyIPPortals(servicePort, {
      serviceCIDRs: this.#serviceCIDRs,
      externalIPCIDRs: this.#externalIPCIDRs,
      isLocal: (address) => this.#addresses.has(address),
      isOnLink: (address) => this.#addresses.isOnLink(address),
    })
  }

  /** What needs a route of its own: each external IP once, as a CIDR of one address. */
  #externalIPs(servicePorts: readonly ServicePort[]): readonly CIDR[] {
    const portals = servicePorts.flatMap((servicePort) => this.#portals(servicePort))
    const addresses = portals.flatMap(({ address, needsRoute }) => (needsRoute ? [address] : []))
    return [...new Set(addresses)].map(hostCIDR)
  }

  /** Adds what is missing, and corrects what has another source address. */
  async #add(tool: IpTool, cidrs: readonly CIDR[], routes: readonly Route[]): Promise<void> {
    for (const cidr of cidrs) {
      const source = this.#addresses.nodeAddress(cidr.family)
      const present = routes.filter((route) => isAnyIPRoute(route, cidr))
      // A route that somebody else made serves as well, and stays when we go.
      if (present.some((route) => !isOurs(route) || route.source === source)) continue
      await tool.replace(cidr, source)
    }
  }

  /** Adds and corrects, and removes what is ours and not wanted. */
  async #mend(tool: IpTool, cidrs: readonly CIDR[], routes: readonly Route[]): Promise<void> {
    await this.#add(tool, cidrs, routes)
    const isWanted = (route: Route) => cidrs.some((cidr) => isAnyIPRoute(route, cidr))
    const stale = routes.filter((route) => isOurs(route) && !isWanted(route))
    for (const route of stale) await tool.remove(route)
  }

  async #checkNonlocalBind(): Promise<void> {
    const path = `/proc/sys/${nonlocalBind.replaceAll('.', '/')}`
    const value = await this.#readFile(path).catch(() => '')
    if (value.trim() === '1') return
    const message = `IPv6 cluster IPs cannot be listened on: run "sysctl -w ${nonlocalBind}=1"`
    throw new ProxyError('ERR_PORTAL', message)
  }

  #cidrsOf(family: IPFamily): readonly CIDR[] {
    return this.#serviceCIDRs.filter((cidr) => cidr.family === family)
  }
}

const hostCIDR = (address: string) =>
  CIDR.parse(`${address}/${address.includes(':') ? 128 : 32}`) as CIDR
const readText = (path: string) => readFile(path, 'utf8')
