/**
 * NonePortalBinder: no portal at all. Each ServicePort listens on the bind address, at its own port number if it can,
 * and at its node port on localhost.
 *
 * For laptops, tests and rootless use: nothing of the kernel is touched. The clients dial the proxy socket itself.
 *
 * @see kubernetes/enhancements KEP-6032 for node ports on localhost; here also for UDP, and without any right
 */
import type { IPFamily } from '../address.ts'
import { addressClass, addressFamily } from '../address.ts'
import type { Entry } from '../model/entry.ts'
import type { Node } from '../model/objects.ts'
import type { ServicePort } from '../model/service-port.ts'
import type { LocalAddressesOptions } from './local-addresses.ts'
import { LocalAddresses } from './local-addresses.ts'
import type { ListenAddress, PortalBinder } from './portal-binder.ts'

/** Ports below this one need a right that a laptop's user lacks: 80 becomes 8080, 443 8443, 53 8053. */
const privilegedPorts = 1024
const privilegedPortOffset = 8000

export interface NonePortalBinderOptions extends LocalAddressesOptions {
  /** Default 127.0.0.1; IPv6 ServicePorts use its twin: ::1 for 127.0.0.1, :: for 0.0.0.0. */
  readonly bindAddress?: string
  /** As elsewhere, but for the default: `localhost`. */
  readonly nodeportAddresses?: readonly string[]
}

export class NonePortalBinder implements PortalBinder {
  readonly mode = 'none'
  readonly #bindAddress: string
  readonly #addresses: LocalAddresses

  /** @throws {ProxyError} ERR_INVALID_OPTION */
  constructor(options: NonePortalBinderOptions = {}) {
    this.#bindAddress = options.bindAddress ?? '127.0.0.1'
    this.#addresses = new LocalAddresses({ nodeportAddresses: ['localhost'], ...options })
  }

  listenAddresses(servicePort: ServicePort, { ways }: Entry): readonly ListenAddress[] {
    const { family, port, nodePort, endpointFamilies } = servicePort
    const ports = port < privilegedPorts ? [port, port + privilegedPortOffset, 0] : [port, 0]
    const bindAddress = bindAddressOf(this.#bindAddress, family)
    const proxyPort: ListenAddress = { role: 'proxy-port', address: bindAddress, ports }
    const proxyPorts = ways.includes('cluster-ip') ? [proxyPort] : []
    if (nodePort === 0 || !ways.includes('node-port')) return proxyPorts
    // A Service that no cluster has given a family is found at both, as `localhost` can mean either.
    const nodePorts = endpointFamilies
      .flatMap((family) => this.#addresses.nodeportAddresses(family).addresses)
      .filter((address) => nodePort !== port || !covers(bindAddress, address))
      .map((address) => ({ role: 'node-port', address, ports: [nodePort] }) as const)
    return [...proxyPorts, ...nodePorts]
  }

  setNode(node: Node | undefined): void {
    this.#addresses.setNode(node?.addresses ?? [])
  }

  async start(): Promise<void> {}

  async sync(): Promise<void> {
    this.#addresses.refresh()
  }

  async close(): Promise<void> {}
}

/** Whether a listener on `bindAddress` is reached at `address` too. */
function covers(bindAddress: string, address: string): boolean {
  const isWildcard = addressClass(bindAddress) === 'unspecified'
  return isWildcard
    ? addressFamily(bindAddress) === addressFamily(address)
    : bindAddress === address
}

const twins: readonly (readonly [string, string])[] = [
  ['127.0.0.1', '::1'],
  ['0.0.0.0', '::'],
]

/** `bindAddress`, or its twin in the other family; an address without a twin serves both families itself. */
function bindAddressOf(bindAddress: string, family: IPFamily): string {
  if (addressFamily(bindAddress) === family) return bindAddress
  const twin = twins.find((pair) => pair.includes(bindAddress))
  return twin?.find((address) => address !== bindAddress) ?? bindAddress
}
