/**
 * NodeportAddresses: on which of its addresses a node serves node ports.
 *
 * The option is a list of CIDRs and of the words `primary` (the node's own address), `localhost` and `all`, in any mix.
 * As in kube-proxy a family that the list does not name is served on all addresses of that family.
 *
 * @see kubernetes v1.34 pkg/proxy/util/nodeport_addresses.go; the words are those of kube-proxy 1.37
 */
import type { IPFamily } from '../address.ts'
import { addressClass, addressFamily, CIDR } from '../address.ts'
import { invalidOption } from '../options.ts'
import type { NetworkInterfaces } from './node-addresses.ts'

const words: Readonly<Record<string, readonly string[]>> = {
  localhost: ['127.0.0.0/8', '::1/128'],
  all: ['0.0.0.0/0', '::/0'],
}

/** The addresses of one family. */
export interface NodeportAddressList {
  /** Whether these are all addresses the node has: then a wildcard listener means the same. */
  readonly all: boolean
  /** Canonical, each once. IPv6 link-local ones are never among them: they mean nothing without an interface. */
  readonly addresses: readonly string[]
}

export class NodeportAddresses {
  readonly #cidrs: readonly CIDR[]
  readonly #primary: boolean

  /** @throws {ProxyError} ERR_INVALID_OPTION */
  constructor(list: readonly string[]) {
    this.#primary = list.includes('primary')
    this.#cidrs = list.filter((text) => text !== 'primary').flatMap((text) => cidrsOf(text))
  }

  /** Returns the addresses of `family` that serve node ports, given the ones the node has at this moment. */
  list(
    family: IPFamily,
    node: { readonly interfaces: NetworkInterfaces; readonly nodeAddress: string | undefined },
  ): NodeportAddressList {
    const cidrs = this.#cidrs.filter((cidr) => cidr.family === family)
    const named = this.#primary || cidrs.length > 0
    const all = !named || cidrs.some((cidr) => cidr.prefixLength === 0)
    const addresses = Object.values(node.interfaces)
      .flatMap((infos) => infos ?? [])
      .map(({ address }) => address)
      .filter((address) => addressFamily(address) === family && !isIPv6LinkLocal(address))
      .filter((address) => all || cidrs.some((cidr) => cidr.contains(address)))
    if (this.#primary && node.nodeAddress !== undefined) addresses.unshift(node.nodeAddress)
    return { all, addresses: [...new Set(addresses)] }
  }
}

function isIPv6LinkLocal(address: string): boolean {
  return address.includes(':') && addressClass(address) === 'link-local'
}

function cidrsOf(text: string): readonly CIDR[] {
  const cidrs = (words[text] ?? [text]).map((cidr) => CIDR.parse(cidr))
  const good = cidrs.filter((cidr) => cidr !== undefined)
  if (good.length === cidrs.length) return good
  const right = 'a list of CIDRs and of the words primary, localhost and all'
  throw invalidOption('nodeportAddresses', `holds ${JSON.stringify(text)}`, right)
}
