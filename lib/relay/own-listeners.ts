/**
 * OwnListeners: knows whether an address is one of our own listeners. An endpoint that is would make the proxy dial
 * itself, and each connection two more, until the descriptors are gone.
 */
import { networkInterfaces } from 'node:os'
import { addressClass, formatHostPort } from '../address.ts'
import type { Protocol } from '../model/service-port-name.ts'

export class OwnListeners {
  /** `TCP 127.0.0.1:80`, `TCP [::]:80`. */
  readonly #bound = new Map<string, number>()
  /** How often each port is in `#bound`: hardly an endpoint has one of these, and a number costs no key. */
  readonly #ports = new Map<number, number>()
  readonly #localAddresses: () => ReadonlySet<string>

  constructor(options: { localAddresses?: () => ReadonlySet<string> } = {}) {
    this.#localAddresses = options.localAddresses ?? localAddresses
  }

  add(protocol: Protocol, address: string, port: number): void {
    const key = listenerKey(protocol, address, port)
    increment(this.#bound, key)
    increment(this.#ports, port)
  }

  delete(protocol: Protocol, address: string, port: number): void {
    const key = listenerKey(protocol, address, port)
    if (!this.#bound.has(key)) return
    decrement(this.#bound, key)
    decrement(this.#ports, port)
  }

  /** Whether a dial to this address would reach a listener of ours. */
  has(protocol: Protocol, address: string, port: number): boolean {
    if (!this.#ports.has(port)) return false
    if (this.#bound.has(listenerKey(protocol, address, port))) return true
    // None of ours is for both families: another program, an endpoint too, may have the port in the other one.
    const wildcard = address.includes(':') ? '::' : '0.0.0.0'
    if (!this.#bound.has(listenerKey(protocol, wildcard, port))) return false
    return addressClass(address) === 'loopback' || this.#localAddresses().has(address)
  }
}

function increment<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function decrement<Key>(counts: Map<Key, number>, key: Key): void {
  const count = (counts.get(key) as number) - 1
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}

function listenerKey(protocol: Protocol, address: string, port: number): string {
  return `${protocol} ${formatHostPort(address, port)}`
}

function localAddresses(): ReadonlySet<string> {
  const interfaces = Object.values(networkInterfaces())
  return new Set(interfaces.flatMap((addresses = []) => addresses.map(({ address }) => address)))
}
