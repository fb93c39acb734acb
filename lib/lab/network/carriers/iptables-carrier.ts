/**
 * IptablesCarrier: kube-proxy's rules for iptables mode, as `render` has them, in the tables of the node.
 */
import type { RuleLine } from '../../lab.ts'
import type { InstalledMode } from '../../render/installed-mode.ts'
import { installIptables } from '../../render/installed-mode.ts'
import { webService } from '../addresses.ts'
import { succeed } from '../hosts.ts'
import type { Carrier, RuleCounts, Wanted } from './carrier.ts'
import { noRules } from './carrier.ts'
import { iptablesListing, isOf } from './iptables-listing.ts'
import { iptablesChanges } from './iptables-changes.ts'
import { firstPacket, modeInput } from './mode-input.ts'

export class IptablesCarrier implements Carrier {
  readonly truth = 'REAL'
  readonly #linesPerCommit: number
  #installed: InstalledMode | undefined

  /** @param linesPerCommit what the kernel takes in one transaction from this user */
  constructor(linesPerCommit: number) {
    this.#linesPerCommit = linesPerCommit
  }

  async apply(wanted: Wanted): Promise<number> {
    const rules = installIptables(await modeInput(wanted))
    const took = await this.#write(rules.text)
    this.#installed = rules
    return took
  }

  counts(): Promise<RuleCounts> {
    if (this.#installed === undefined) return Promise.resolve(noRules)
    const { text, counts } = this.#installed
    const walk = this.#installed.walk(firstPacket)
    const lines = text.split('\n').filter((line) => line.startsWith('-A '))
    return Promise.resolve({
      ruleCount: counts['rules'] ?? 0,
      serviceRuleCount: lines.filter((line) => isOf(webService, line)).length,
      walkedRuleCount: walk.ruleCount,
      path: walk.path,
    })
  }

  async rules(): Promise<readonly RuleLine[]> {
    return iptablesListing(await succeed('iptables-save', ['-c']), webService)
  }

  async remove(): Promise<void> {
    await this.#write('')
    this.#installed = undefined
  }

  async #write(text: string): Promise<number> {
    const changes = iptablesChanges(this.#installed?.text ?? '', text, this.#linesPerCommit)
    const begin = performance.now()
    if (changes !== '') await succeed('iptables-restore', ['--noflush', '--wait'], changes)
    return performance.now() - begin
  }
}
