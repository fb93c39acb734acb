/**
 * NonePortalBinder: no portal at all. Each ServicePort listens on the bind address, at its own port number if it can.
 *
 * For laptops, tests and rootless use: nothing of the kernel is touched. The clients dial the proxy socket itself.
 */
import type { IPFamily } from '../address.ts'
import { addressFamily } from '../address.ts'
import type { ServicePort } from '../model/service-port.ts'
import type { ListenAddress, PortalBinder } from './portal-binder.ts'

/** Ports below this one need a right that a laptop's user lacks: 80 becomes 8080, 443 8443, 53 8053. */
const privilegedPorts = 1024
const privilegedPortOffset = 8000

export class NonePortalBinder implements PortalBinder {
  readonly mode = 'none'
  readonly #bindAddress: string

  /** @param options.bindAddress default 127.0.0.1; IPv6 ServicePorts use its twin: ::1 for 127.0.0.1, :: for 0.0.0.0 */
  constructor(options: { bindAddress?: string } = {}) {
    this.#bindAddress = options.bindAddress ?? '127.0.0.1'
  }

  listenAddresses({ family, port }: ServicePort): readonly ListenAddress[] {
    const ports = port < privilegedPorts ? [port, port + privilegedPortOffset, 0] : [port, 0]
    return [{ role: 'proxy-port', address: bindAddressOf(this.#bindAddress, family), ports }]
  }

  async start(): Promise<void> {}

  async sync(): Promise<void> {}

  async close(): Promise<void> {}
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
