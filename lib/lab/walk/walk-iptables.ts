/**
 * walkIptables: which rules the first packet of a connection is asked by, from its arrival to its leaving. Pure.
 *
 * A model of netfilter, as far as kube-proxy's rules and ours use it: the hooks in their order, jumps and returns,
 * marks. Dice never fall for the packet and nobody is remembered, so that it is led to the last endpoint, which takes
 * most rules. The model knows no time: what a rule costs has to be measured.
 *
 * @see linux v6.12 net/ipv4/netfilter/ip_tables.c `ipt_do_table`
 */
import { formatHostPort, parseHostPort } from '../../index.ts'
import type { PacketState } from './iptables-matches.ts'
import { maskedNumber, meets } from './iptables-matches.ts'
import type { ParsedRule, ParsedRules } from './iptables-text.ts'
import type { Packet, Walk, WalkOptions } from './packet.ts'
import { Trail } from './trail.ts'

/** @throws {Error} where a rule has a match or target that is not known here */
export function walkIptables(rules: ParsedRules, packet: Packet, options: WalkOptions): Walk {
  return new Walker(rules, packet, options).walk()
}

/** What ends a table: `accepted` only this one, the others the whole way. */
type Verdict = 'accepted' | 'refused' | 'dropped'

class Walker {
  readonly #rules: ParsedRules
  readonly #packet: PacketState
  readonly #isFromNode: boolean
  readonly #nodeAddress: string
  readonly #trail: Trail
  #isRedirected = false
  #isMasqueraded = false

  constructor(rules: ParsedRules, packet: Packet, options: WalkOptions) {
    const { source, destination, protocol, port, isFromNode = false } = packet
    this.#rules = rules
    this.#isFromNode = isFromNode
    this.#nodeAddress = options.nodeAddresses[0] ?? '127.0.0.1'
    this.#trail = new Trail(options)
    this.#packet = {
      source,
      destination,
      protocol,
      port,
      mark: 0,
      isTranslated: false,
    }
  }

  walk(): Walk {
    const end =
      this.#hook('nat', this.#isFromNode ? 'OUTPUT' : 'PREROUTING') ??
      this.#hook('filter', this.#isFromNode ? 'OUTPUT' : this.#isForNode() ? 'INPUT' : 'FORWARD')
    // What this node takes in does not leave it.
    if (end === undefined && !this.#isForNode()) this.#hook('nat', 'POSTROUTING')
    const { isTranslated, destination, port } = this.#packet
    const isLed = end === undefined && isTranslated
    const { ruleCount, steps, path } = this.#trail
    return {
      ruleCount,
      steps,
      path,
      fate: end ?? (isTranslated ? (this.#isForNode() ? 'proxy' : 'endpoint') : 'nowhere'),
      destination: isLed ? formatHostPort(destination, port) : '',
      isMasqueraded: isLed && this.#isMasqueraded,
    }
  }

  /** Returns how the whole way ended; `undefined`: it goes on. */
  #hook(table: string, chain: string): Exclude<Verdict, 'accepted'> | undefined {
    const verdict = this.#chain(table, chain)
    return verdict === 'accepted' ? undefined : verdict
  }

  /** Returns `undefined` where the packet came out at the end of the chain. */
  #chain(table: string, chain: string): Verdict | undefined {
    const { isLocal } = this.#trail
    return this.#trail.through(chain, () => {
      for (const rule of this.#rules.get(`${table} ${chain}`) ?? []) {
        const isMatch = rule.conditions.every((one) => meets(this.#packet, one, isLocal))
        this.#trail.asked(chain, rule.line, isMatch)
        if (!isMatch) continue
        if (rule.target === 'RETURN') return undefined
        const verdict = this.#follow(table, rule)
        if (verdict !== undefined) return verdict
      }
      return undefined
    })
  }

  #follow(table: string, rule: ParsedRule): Verdict | undefined {
    const { target, targetOptions: options } = rule
    switch (target) {
      case 'DNAT': {
        const place = options.get('--to-destination') as string
        const { address, port } = parseHostPort(place) as { address: string; port: number }
        return this.#lead(address, port)
      }
      case 'REDIRECT':
        this.#isRedirected = true
        return this.#lead(this.#nodeAddress, Number(options.get('--to-ports')))
      case 'MASQUERADE':
        this.#isMasqueraded = true
        this.#packet.source = this.#nodeAddress
        return 'accepted'
      case 'MARK': {
        const { value, mask } = maskedNumber(options.get('--set-xmark') as string)
        this.#packet.mark = (this.#packet.mark & ~mask) ^ value
        return undefined
      }
      case 'ACCEPT':
        return 'accepted'
      case 'DROP':
      // Chains of the kubelet, which nobody renders here, drop what has its mark.
      case 'KUBE-MARK-DROP':
        return 'dropped'
      case 'REJECT':
        return 'refused'
      default:
        if (this.#rules.has(`${table} ${target}`)) return this.#chain(table, target)
        throw new Error(`${rule.line}: a target that is not known here`)
    }
  }

  #lead(destination: string, port: number): Verdict {
    Object.assign(this.#packet, { destination, port, isTranslated: true })
    return 'accepted'
  }

  #isForNode(): boolean {
    return this.#isRedirected || this.#trail.isLocal(this.#packet.destination)
  }
}
