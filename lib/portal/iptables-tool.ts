/**
 * IptablesTool: `iptables-save` and `iptables-restore` of one family and variant, as two functions.
 *
 * Nothing is kept between calls but how much the kernel takes in one transaction.
 */
import type { IPFamily } from '../address.ts'
import { ProxyError } from '../errors.ts'
import { commandFailure, isTooLarge } from './command-failure.ts'
import type { RestoreStep } from './iptables-diff.ts'
import { restoreText } from './iptables-diff.ts'
import type { RuleSet } from './iptables-layout.ts'
import { parseIptablesSave } from './iptables-save.ts'
import type { CommandResult, RunCommand } from './run-command.ts'

/** Rules can live in two places of the kernel, and each variant of the tools sees only one of them. */
export type IptablesVariant = 'nft' | 'legacy'

export interface IptablesToolOptions {
  readonly family: IPFamily
  /** Default: whatever the system calls `iptables`. */
  readonly variant?: IptablesVariant | undefined
  readonly run: RunCommand
  /** How long to wait for the xtables lock. */
  readonly waitSeconds: number
}

/** What a `change` did. */
export interface IptablesChange {
  /** What was installed before. */
  readonly before: RuleSet
  readonly steps: readonly RestoreStep[]
}

/** After a transaction was refused for its size; each further refusal halves it. */
const firstStepsPerCommit = 256

export class IptablesTool {
  /** `iptables`, `ip6tables-legacy`, … */
  readonly name: string
  readonly #run: RunCommand
  readonly #waitSeconds: number
  #stepsPerCommit = Infinity
  #failures = 0
  #wrongBeliefs = 0

  constructor({ family, variant, run, waitSeconds }: IptablesToolOptions) {
    this.name = `${family === 'IPv4' ? 'iptables' : 'ip6tables'}${variant ? `-${variant}` : ''}`
    this.#run = run
    this.#waitSeconds = waitSeconds
  }

  /** How often `change` has failed. */
  get failures(): number {
    return this.#failures
  }

  /** How often the kernel refused what followed from what was believed to be installed. */
  get wrongBeliefs(): number {
    return this.#wrongBeliefs
  }

  /** Reads what is installed. @throws {ProxyError} ERR_PORTAL */
  async save(): Promise<RuleSet> {
    const { stdout } = await this.#succeed(`${this.name}-save`, [])
    const incompatible = /^# Table `(nat|filter)' is incompatible/m.exec(stdout)
    if (incompatible === null) return parseIptablesSave(stdout)
    const what = `table ${incompatible[1]} holds rules that were written with nft`
    throw new ProxyError(
      'ERR_PORTAL',
      `${this.name}-save: ${what}; move them to a table of their own`,
    )
  }

  /**
   * Reads what is installed, asks `plan` what to change, and writes that in one transaction per table. Where the kernel
   * takes no transaction of that size it begins again with smaller ones.
   *
   * @param assumed what is believed to be installed, to be spared reading it: of 5,000 Services' rules that takes 100 ms,
   * three times as long as writing one more. Where the kernel refuses what follows from it, it was wrong, and is read
   * @throws {ProxyError} ERR_PORTAL; each table then holds what it held before, or all that was wanted
   */
  async change(
    plan: (present: RuleSet) => readonly RestoreStep[],
    assumed?: RuleSet,
  ): Promise<IptablesChange> {
    const command = `${this.name}-restore`
    let believed = assumed
    for (;;) {
      const before = believed ?? (await this.save())
      const steps = plan(before)
      if (steps.length === 0) return { before, steps }
      const text = restoreText(steps, this.#stepsPerCommit)
      const result = await this.#finish(command, ['--noflush', `--wait=${this.#waitSeconds}`], text)
      if (result.exitCode === 0) return { before, steps }
      if (believed !== undefined) {
        this.#wrongBeliefs++
        believed = undefined
        continue
      }
      if (!isTooLarge(result) || this.#stepsPerCommit === 1) {
        this.#failures++
        throw commandFailure(command, result)
      }
      this.#stepsPerCommit = Math.min(Math.floor(this.#stepsPerCommit / 2), firstStepsPerCommit)
    }
  }

  async #succeed(command: string, args: readonly string[]): Promise<CommandResult> {
    const result = await this.#finish(command, args)
    if (result.exitCode !== 0) throw commandFailure(command, result)
    return result
  }

  async #finish(command: string, args: readonly string[], input?: string): Promise<CommandResult> {
    try {
      return await this.#run(command, args, input)
    } catch (error) {
      throw commandFailure(command, error as Error)
    }
  }
}
