/**
 * walkNftables: which rules the first packet of a connection is asked by in nftables mode. Pure.
 *
 * As walkIptables, and with the same luck: the number that is drawn is that of the last endpoint. A look-up in a map is
 * one rule, however many elements the map has.
 *
 * @see linux v6.12 net/netfilter/nf_tables_core.c `nft_do_chain`
 */
import { formatHostPort, parseHostPort } from '../../index.ts'
import type { NftTable } from '../render/nftables/nft-table.ts'
import type { NftPacket } from './nft-terms.ts'
import { evaluate } from './nft-terms.ts'
import type { Packet, Walk, WalkOptions } from './packet.ts'
import { Trail } from './trail.ts'

/** @throws {Error} where a rule has an expression that is not known here */
export function walkNftables(table: NftTable, packet: Packet, options: WalkOptions): Walk {
  return new NftWalker(table, packet, options).walk()
}

/** `accepted` ends one hook of one table, the others the whole way. */
type Verdict = 'accepted' | 'refused' | 'dropped'

class NftWalker {
  readonly #table: NftTable
  readonly #packet: NftPacket
  readonly #isFromNode: boolean
  readonly #trail: Trail

  constructor(table: NftTable, packet: Packet, options: WalkOptions) {
    const { source, destination, protocol, port, isFromNode = false } = packet
    this.#table = table
    this.#isFromNode = isFromNode
    this.#trail = new Trail(options)
    this.#packet = { source, destination, protocol, port, mark: 0, translatedTo: '' }
  }

  walk(): Walk {
    const end = this.#isFromNode
      ? this.#hooks('filter-output', 'nat-output', 'filter-output-post-dnat')
      : (this.#hooks('filter-prerouting', 'nat-prerouting') ??
        this.#hooks(
          this.#trail.isLocal(this.#packet.destination) ? 'filter-input' : 'filter-forward',
        ))
    const { translatedTo } = this.#packet
    const isLed = end === undefined && translatedTo !== ''
    const isMasqueraded = isLed && this.#chain('nat-postrouting') === 'accepted'
    const { ruleCount, steps, path } = this.#trail
    return {
      ruleCount,
      steps,
      path,
      fate: end ?? (isLed ? 'endpoint' : 'nowhere'),
      destination: isLed ? translatedTo : '',
      isMasqueraded,
    }
  }

  /** Returns how the whole way ended; `undefined`: it goes on. */
  #hooks(...chains: readonly string[]): Exclude<Verdict, 'accepted'> | undefined {
    for (const chain of chains) {
      const verdict = this.#chain(chain)
      if (verdict !== undefined && verdict !== 'accepted') return verdict
    }
    return undefined
  }

  /** Returns `undefined` where the packet came out at the end of the chain. */
  #chain(chain: string): Verdict | undefined {
    return this.#trail.through(chain, () => {
      for (const { text } of this.#table.chains.get(chain)?.rules ?? []) {
        const action = evaluate(text, this.#packet, this.#table, this.#trail.isLocal)
        this.#trail.asked(chain, text, action !== undefined)
        if (action === undefined) continue
        const [word, target = ''] = action.split(' ')
        if (word === 'return') return undefined
        const verdict = this.#follow(word as string, target)
        // Whoever goes does not come back here.
        if (verdict !== undefined || word === 'goto') return verdict
      }
      return undefined
    })
  }

  #follow(word: string, target: string): Verdict | undefined {
    switch (word) {
      case 'jump':
      case 'goto':
        return this.#chain(target)
      case 'drop':
        return 'dropped'
      case 'reject':
        return 'refused'
      case 'dnat': {
        const { address, port } = parseHostPort(target) as { address: string; port: number }
        Object.assign(this.#packet, {
          destination: address,
          port,
          translatedTo: formatHostPort(address, port),
        })
        return 'accepted'
      }
      default:
        return word === 'masquerade' ? 'accepted' : undefined
    }
  }
}
