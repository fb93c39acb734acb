/**
 * LocalAddresses: the addresses this node has at this moment, as the portal binders ask for them.
 *
 * Listing interfaces is a system call per interface, so one listing serves a whole round of `listenAddresses`; each
 * sync takes a new one. The original looked once, at its start, and kept a wrong address for good.
 */
import { networkInterfaces } from 'node:os'
import type { IPFamily } from '../address.ts'
import { addressClass, addressFamily, CIDR } from '../address.ts'
import type { NetworkInterfaces, NodeAddresses } from './node-addresses.ts'
import { readNodeAddresses } from './node-addresses.ts'
import type { NodeportAddressList } from './nodeport-addresses.ts'
import { NodeportAddresses } from './nodeport-addresses.ts'

export interface LocalAddressesOptions {
  /** The node's own address; a family left out is looked up: an address of the interface with the default route. */
  readonly nodeAddresses?: NodeAddresses
  /** CIDRs and the words `primary`, `localhost` and `all`: the addresses that serve node ports. */
  readonly nodeportAddresses?: readonly string[]
  /** Lists the interfaces. Default `os.networkInterfaces`. */
  readonly interfaces?: () => NetworkInterfaces
}

export class LocalAddresses {
  readonly #given: NodeAddresses
  readonly #nodeports: NodeportAddresses
  #ofNode: readonly string[] = []
  readonly #listInterfaces: () => NetworkInterfaces
  #interfaces: NetworkInterfaces | undefined
  #networks: readonly CIDR[] | undefined
  #nodeAddresses: NodeAddresses = {}
  #lists = new Map<IPFamily, NodeportAddressList>()

  /** @throws {ProxyError} ERR_INVALID_OPTION */
  constructor(options: LocalAddressesOptions) {
    this.#given = options.nodeAddresses ?? {}
    this.#nodeports = new NodeportAddresses(options.nodeportAddresses ?? ['all'])
    this.#listInterfaces = options.interfaces ?? networkInterfaces
  }

  /**
   * What the Node object says, the primary address of each family first. It counts where this machine has the address
   * and nobody said otherwise: traffic cannot be led to an address that is not here. Loopback and link-local never do.
   */
  setNode(addresses: readonly string[]): void {
    this.#ofNode = addresses
    this.refresh()
  }

  /** Looks again. A listing can fail for a moment (kubernetes#129146); then the one before stays. */
  refresh(): NetworkInterfaces {
    try {
      this.#interfaces = this.#listInterfaces()
    } catch {
      this.#interfaces ??= {}
    }
    this.#nodeAddresses = {
      ...readNodeAddresses(this.#interfaces),
      ...this.#nodeAddressesHere(this.#interfaces),
      ...this.#given,
    }
    this.#networks = undefined
    this.#lists.clear()
    return this.#interfaces
  }

  /** The node's own address, `undefined` where it has none of this family. */
  nodeAddress(family: IPFamily): string | undefined {
    this.#current()
    return this.#nodeAddresses[family]
  }

  /** The addresses of one family that serve node ports. */
  nodeportAddresses(family: IPFamily): NodeportAddressList {
    const known = this.#lists.get(family)
    if (known !== undefined) return known
    const interfaces = this.#current()
    const nodeAddress = this.#nodeAddresses[family]
    const list = this.#nodeports.list(family, { interfaces, nodeAddress })
    this.#lists.set(family, list)
    return list
  }

  /** Whether a canonical address is one of this node. */
  has(address: string): boolean {
    const interfaces = Object.values(this.#current())
    return interfaces.some((infos) => infos?.some((info) => info.address === address))
  }

  /** Whether a canonical address lies in a network that an interface of this node is in, so that a neighbour may have it. */
  isOnLink(address: string): boolean {
    const interfaces = Object.values(this.#current())
    this.#networks ??= interfaces
      .flatMap((infos) => infos ?? [])
      .flatMap(({ cidr }) => CIDR.parse(cidr ?? '') ?? [])
    return this.#networks.some((network) => network.contains(address))
  }

  #nodeAddressesHere(interfaces: NetworkInterfaces): NodeAddresses {
    const all = Object.values(interfaces).flatMap((infos = []) => infos)
    const here = new Set(all.map(({ address }) => address))
    const found = this.#ofNode.filter(
      (address) => here.has(address) && addressClass(address) === 'unicast',
    )
    const IPv4 = found.find((address) => addressFamily(address) === 'IPv4')
    const IPv6 = found.find((address) => addressFamily(address) === 'IPv6')
    return { ...(IPv4 !== undefined && { IPv4 }), ...(IPv6 !== undefined && { IPv6 }) }
  }

  #current(): NetworkInterfaces {
    return this.#interfaces ?? this.refresh()
  }
}
