/**
 * RuleValues: the checks that every name, address and port passes before it stands in a rule line.
 *
 * Sources refuse bad objects long before. This is the last door in front of text that a tool running as root reads line
 * by line, so it trusts nobody.
 */
import { addressClass, addressFamily, canonicalAddress } from '../address.ts'
import { ProxyError } from '../errors.ts'
import { dnsLabel } from '../model/dns-name.ts'
import type { Entry, EntryName } from '../model/entry.ts'
import type { ServicePortName } from '../model/service-port-name.ts'
import { formatServicePortName } from '../model/service-port-name.ts'
import type { ServicePort } from '../model/service-port.ts'

/** `namespace/name:port`, or `namespace/name:port external`: what says whose a rule is. */
export function ruleComment(name: ServicePortName, entry: EntryName): string {
  const text = formatServicePortName(name)
  return entry === 'internal' ? text : `${text} ${entry}`
}

/** Every method returns the text that may be written, or throws a ProxyError ERR_PORTAL that names the ServicePort. */
export class RuleValues {
  readonly #servicePort: ServicePort
  readonly #entry: Entry

  constructor(servicePort: ServicePort, entry: Entry) {
    this.#servicePort = servicePort
    this.#entry = entry
  }

  /**
   * `namespace/name:port`, and behind it the name of the entry where that is not `internal`: at most 205 characters. The
   * kernel holds 255.
   */
  comment(): string {
    const { namespace, name, port } = this.#servicePort.name
    const labels = port === '' ? [namespace, name] : [namespace, name, port]
    if (!labels.every((text) => dnsLabel.holds(text))) throw this.#fault('its name', 'DNS labels')
    return ruleComment(this.#servicePort.name, this.#entry.name)
  }

  protocol(): 'tcp' | 'udp' {
    const { protocol } = this.#servicePort.name
    if (protocol === 'TCP') return 'tcp'
    if (protocol === 'UDP') return 'udp'
    throw this.#fault(`protocol ${JSON.stringify(protocol)}`, 'TCP or UDP')
  }

  port(port: number): string {
    if (Number.isInteger(port) && port >= 1 && port <= 65535) return String(port)
    throw this.#fault(`port ${JSON.stringify(port)}`, 'a number from 1 to 65535')
  }

  /** An address of the ServicePort's family, in the one form that `iptables-save` prints. */
  address(address: string): string {
    const { family } = this.#servicePort
    if (addressFamily(address) === family && canonicalAddress(address) === address) return address
    throw this.#fault(`address ${JSON.stringify(address)}`, `a canonical ${family} address`)
  }

  /** An address that clients may dial: to redirect loopback or multicast would break the node itself. */
  portal(address: string): string {
    if (addressClass(this.address(address)) === 'unicast') return address
    throw this.#fault(`portal address ${address}`, 'a unicast address')
  }

  #fault(what: string, right: string): ProxyError {
    const servicePort = formatServicePortName(this.#servicePort.name)
    const message = `no redirect for Service port ${JSON.stringify(servicePort)}: ${what} should be ${right}`
    return new ProxyError('ERR_PORTAL', message, { servicePort })
  }
}
