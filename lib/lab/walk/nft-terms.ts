/**
 * evaluate: what a rule of nftables does with a packet. Pure.
 *
 * It knows the expressions of kube-proxy's table, and any other is an error. Nobody is in a set that rules fill, such
 * as those of session affinity.
 */
import { CIDR } from '../../index.ts'
import type { NftTable } from '../render/nftables/nft-table.ts'

/** A packet as it is at one moment of its way. */
export interface NftPacket {
  readonly source: string
  destination: string
  readonly protocol: string
  /** Of the destination. */
  port: number
  mark: number
  /** `address:port`; `''`: it was not rewritten. */
  translatedTo: string
}

interface Context {
  readonly packet: NftPacket
  readonly table: NftTable
  readonly isLocal: (address: string) => boolean
}

/**
 * Returns the verdict of a rule: `goto CHAIN`, `dnat ADDRESS:PORT`, `mark` and so on; `undefined` where the rule does
 * not match.
 *
 * @throws {Error} where the rule has an expression that is not known here
 */
export function evaluate(
  rule: string,
  packet: NftPacket,
  table: NftTable,
  isLocal: (address: string) => boolean,
): string | undefined {
  let rest = rule
  while (rest !== '') {
    const result = next(rest, { packet, table, isLocal })
    if (result === undefined) throw new Error(`${rule}: an expression that is not known here`)
    if (!result.isMatch) return undefined
    if (result.verdict !== undefined) return result.verdict
    rest = rest.slice(result.length).trimStart()
  }
  return 'continue'
}

interface Result {
  readonly length: number
  readonly isMatch: boolean
  readonly verdict?: string | undefined
}

/** Reads the first expression of `text`. */
function next(text: string, context: Context): Result | undefined {
  for (const [pattern, term] of terms) {
    const match = pattern.exec(text)
    if (match === null) continue
    const result = term(match.slice(1), context)
    const length = match[0].length
    if (typeof result === 'boolean') return { length, isMatch: result }
    return { length, isMatch: result !== undefined, verdict: result }
  }
  return undefined
}

/** Whether it matches; or the verdict, `undefined` where a map has none. */
type Term = (words: readonly string[], context: Context) => boolean | string | undefined

const terms: readonly (readonly [RegExp, Term])[] = [
  [/^ct state new/, () => true],
  [
    /^ip6? daddr \. meta l4proto \. th dport vmap @(\S+)/,
    ([map = ''], { packet, table }) =>
      lookUp(table, map, `${packet.destination} . ${packet.protocol} . ${packet.port}`),
  ],
  [
    /^meta l4proto \. th dport vmap @(\S+)/,
    ([map = ''], { packet, table }) => lookUp(table, map, `${packet.protocol} . ${packet.port}`),
  ],
  [/^meta l4proto (tcp|udp)/, ([protocol], { packet }) => packet.protocol === protocol],
  [
    /^(tcp|udp) dport (\d+)/,
    ([protocol, port], { packet }) => packet.protocol === protocol && packet.port === Number(port),
  ],
  [
    /^ip6? ([sd])addr @(\S+)/,
    ([side, set = ''], { packet, table }) =>
      table.containers.get(set)?.elements.has(addressOf(packet, side)) === true,
  ],
  [
    /^ip6? ([sd])addr (!= )?(?:\{ ([^}]*) \}|([0-9a-f.:/]+))/,
    ([side, not, list, one = ''], { packet }) => {
      const isIn = (list ?? one)
        .split(', ')
        .some((place) => contains(place, addressOf(packet, side)))
      return isIn !== (not !== undefined)
    },
  ],
  [/^fib ([sd])addr type local/, ([side], { packet, isLocal }) => isLocal(addressOf(packet, side))],
  [/^mark and (\S+) == 0/, ([mask], { packet }) => (packet.mark & Number(mask)) === 0],
  [
    /^mark set mark (or|xor) (\S+)/,
    ([how, mask], { packet }) => {
      packet.mark = how === 'or' ? packet.mark | Number(mask) : packet.mark ^ Number(mask)
      return true
    },
  ],
  [/^update @\S+ \{ [^}]* \}/, () => true],
  // The last of them, though any is as likely: so both walks end at the same endpoint.
  [/^numgen random mod \d+ vmap \{ (?:.* : )?(goto \S+) \}/, ([verdict]) => verdict],
  [/^dnat to (\S+)/, ([place]) => `dnat ${place}`],
  [/^((?:jump|goto) \S+|return|drop|reject|masquerade)(?: fully-random)?$/, ([verdict]) => verdict],
]

function lookUp(table: NftTable, map: string, key: string): string | undefined {
  return table.containers.get(map)?.elements.get(key)?.value
}

function addressOf({ source, destination }: NftPacket, side: string | undefined): string {
  return side === 's' ? source : destination
}

function contains(place: string, address: string): boolean {
  return CIDR.parse(place)?.contains(address) ?? place === address
}
