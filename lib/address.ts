/**
 * The address floor: parsing, canonical form and classes of IP addresses, CIDRs and `host:port`.
 *
 * Strict on purpose: `010.0.0.1` is no address. Others read it as octal (8.0.0.1) or as decimal, and that difference
 * was a hole (CVE-2021-29921, golang/go#30999).
 */
import { BlockList, isIP, SocketAddress } from 'node:net'
import { decimal } from './decimal.ts'

export type IPFamily = 'IPv4' | 'IPv6'

/** `IPv4`, `IPv6`, or `undefined` where `text` is not exactly one IP address. A zone (`%eth0`) is not allowed. */
export function addressFamily(text: string): IPFamily | undefined {
  const version = isIP(text)
  if (version === 4) return 'IPv4'
  return version === 6 && !text.includes('%') ? 'IPv6' : undefined
}

/**
 * The one text of an address: IPv6 compressed and in lower case (RFC 5952), IPv4-mapped IPv6 (`::ffff:10.0.0.1`) as
 * plain IPv4, so that nobody slips past a check by another spelling. `undefined` where `text` is no address.
 */
export function canonicalAddress(text: string): string | undefined {
  const family = addressFamily(text)
  if (family !== 'IPv6') return family && text
  const { address } = new SocketAddress({ address: text, family: 'ipv6' })
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)
  return mapped?.[1] ?? address
}

/** `10.0.0.1:80`, `[fd00::1]:80`. */
export function formatHostPort(address: string, port: number): string {
  const text = decimal(port)
  // Not a template: V8 asks each of its parts whether it is a string.
  return address.includes(':') ? '[' + address + ']:' + text : address + ':' + text
}

/** Reads `10.0.0.1:80` or `[fd00::1]:80`, port 0 to 65535. `undefined` where it is neither; names are not resolved. */
export function parseHostPort(text: string): { address: string; port: number } | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(0|[1-9]\d{0,4})$/.exec(text)
  const address = canonicalAddress(match?.[1] ?? match?.[2] ?? '')
  const port = Number(match?.[3])
  return address === undefined || port > 65535 ? undefined : { address, port }
}

export type AddressClass =
  'unspecified' | 'loopback' | 'link-local' | 'multicast' | 'broadcast' | 'ipv4-mapped' | 'unicast'

/**
 * What kind of address a canonical address is: only `unicast` and, from manifests, `loopback` can be endpoints.
 *
 * Reads the first group of the text and asks no `BlockList`: the desired state asks this of every endpoint.
 */
export function addressClass(address: string): AddressClass {
  return address.includes(':') ? classOfIPv6(address) : classOfIPv4(address)
}

function classOfIPv4(address: string): AddressClass {
  const firstByte = Number.parseInt(address, 10)
  if (firstByte === 0) return 'unspecified' // 0.0.0.0/8 is "this network", RFC 1122 §3.2.1.3
  if (firstByte === 127) return 'loopback'
  if (address.startsWith('169.254.')) return 'link-local' // RFC 3927; clouds serve credentials there
  if (firstByte >= 224 && firstByte <= 239) return 'multicast'
  return address === '255.255.255.255' ? 'broadcast' : 'unicast'
}

function classOfIPv6(address: string): AddressClass {
  if (address === '::') return 'unspecified'
  if (address === '::1') return 'loopback'
  // RFC 4291 §2.5.5.2; a dial to it would be one over IPv4. Without dots it is another block.
  if (address.startsWith('::ffff:') && address.includes('.')) return 'ipv4-mapped'
  const firstGroup = Number.parseInt(address, 16)
  if (firstGroup >= 0xfe80 && firstGroup <= 0xfebf) return 'link-local' // fe80::/10
  return firstGroup >= 0xff00 ? 'multicast' : 'unicast' // ff00::/8
}

/** A block of addresses, `10.96.0.0/12` or `fd00::/64`. */
export class CIDR {
  readonly family: IPFamily
  /** Canonical address before the slash, as it was given. */
  readonly address: string
  readonly prefixLength: number
  readonly #block = new BlockList()

  private constructor(family: IPFamily, address: string, prefixLength: number) {
    this.family = family
    this.address = address
    this.prefixLength = prefixLength
    this.#block.addSubnet(address, prefixLength, family === 'IPv4' ? 'ipv4' : 'ipv6')
  }

  /** Reads `address/prefix`; `undefined` where that is not what `text` is. */
  static parse(text: string): CIDR | undefined {
    const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text)
    const address = match?.[1] ?? ''
    const family = addressFamily(address)
    const prefixLength = Number(match?.[2])
    if (family === undefined || !(prefixLength <= (family === 'IPv4' ? 32 : 128))) return undefined
    const canonical = canonicalAddress(address)
    // An IPv4-mapped block has no one meaning: it would be IPv6 by its length and IPv4 by its addresses.
    return canonical === undefined || addressFamily(canonical) !== family
      ? undefined
      : new CIDR(family, canonical, prefixLength)
  }

  /** Whether a canonical address lies in the block; an address of the other family never does. */
  contains(address: string): boolean {
    // BlockList answers false, silently, for an IPv6 address without the family argument.
    return (
      addressFamily(address) === this.family &&
      this.#block.check(address, this.family === 'IPv4' ? 'ipv4' : 'ipv6')
    )
  }

  toString(): string {
    return `${this.address}/${this.prefixLength}`
  }
}
