/**
 * NftablesCarrier: kube-proxy's table for nftables mode, as `render` has it, in the kernel of the node.
 */
import type { RuleLine } from '../../lab.ts'
import type { NftTable } from '../../render/nftables/nft-table.ts'
import { nftablesMode } from '../../render/nftables/nftables-mode.ts'
import { walkNftables } from '../../walk/walk-nftables.ts'
import { nodeAddresses, webService } from '../addresses.ts'
import { succeed } from '../hosts.ts'
import type { Carrier, RuleCounts, Wanted } from './carrier.ts'
import { noRules } from './carrier.ts'
import { firstPacket, modeInput } from './mode-input.ts'
import { nftChanges } from './nft-changes.ts'
import { nftListing } from './nft-listing.ts'

export class NftablesCarrier implements Carrier {
  readonly truth = 'REAL'
  readonly #mostAtOnce: number
  #table: NftTable | undefined

  /** @param mostAtOnce rules and elements that the kernel takes in one transaction from this user */
  constructor(mostAtOnce: number) {
    this.#mostAtOnce = mostAtOnce
  }

  async apply(wanted: Wanted): Promise<number> {
    const { services, ...input } = await modeInput(wanted)
    const table = nftablesMode(services, { ...input, nodeAddress: nodeAddresses[0] })
    const commands = nftChanges(this.#table, table)
    const begin = performance.now()
    for (const transaction of inTransactions(commands, this.#mostAtOnce)) {
      await succeed('nft', ['-f', '-'], `${transaction.join('\n')}\n`)
    }
    this.#table = table
    return performance.now() - begin
  }

  async counts(): Promise<RuleCounts> {
    if (this.#table === undefined) return noRules
    const lines = await this.rules()
    const walk = walkNftables(this.#table, firstPacket, { nodeAddresses })
    return {
      ruleCount: lines.length,
      serviceRuleCount: lines.filter(({ isOfService }) => isOfService).length,
      walkedRuleCount: walk.ruleCount,
      path: walk.path,
    }
  }

  rules(): Promise<readonly RuleLine[]> {
    return Promise.resolve(this.#table === undefined ? [] : nftListing(this.#table, webService))
  }

  async remove(): Promise<void> {
    if (this.#table === undefined) return
    await succeed('nft', ['delete', 'table', ...this.#table.name.split(' ')])
    this.#table = undefined
  }
}

function inTransactions(commands: readonly string[], mostAtOnce: number): readonly string[][] {
  let current: string[] = []
  const transactions = [current]
  let size = 0
  for (const command of commands) {
    const own = command.includes(' element ') ? command.split(', ').length : 1
    if (size + own > mostAtOnce && current.length > 0) {
      transactions.push((current = []))
      size = 0
    }
    current.push(command)
    size += own
  }
  return transactions.filter(({ length }) => length > 0)
}
