/**
 * Flags: what was typed behind the flags of one command, read as what it should be.
 *
 * yargs knows names, help texts and defaults; values are text until they come here, so that every bad one is answered in
 * the same words.
 */
import { CommandError } from './command-error.ts'
import { parseDuration } from './duration.ts'
import { parseHostPort } from '../lib/index.ts'

/** 2^31 - 1 ms; timers that are set to more fire at once. */
const longestTimerMs = 2_147_483_647

export class Flags {
  readonly #values: Readonly<Record<string, unknown>>

  /** @param values what yargs has parsed, by name of the flag */
  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values
  }

  isSet(name: string): boolean {
    return this.#values[name] === true
  }

  /** Whether it was given, be it as `''`, or has a default. */
  has(name: string): boolean {
    return this.#values[name] !== undefined
  }

  /** `''` where it was not given and has no default. */
  text(name: string): string {
    const value = this.#values[name]
    if (Array.isArray(value))
      throw usageError(`--${name} is given ${value.length} times; once would be right`)
    return typeof value === 'string' ? value : ''
  }

  /** All texts of a flag that takes several. */
  texts(name: string): string[] {
    const values = this.#values[name]
    const texts = Array.isArray(values) ? values.map(String) : []
    if (texts.includes('')) throw usageError(`--${name} is empty; a path would be right`)
    return texts
  }

  /** A list, comma separated as for kube-proxy; `undefined` where it is empty or was not given. */
  list(name: string): string[] | undefined {
    const text = this.text(name)
    return text === '' ? undefined : text.split(',').map((entry) => entry.trim())
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice {
    const text = this.text(name)
    const choice = choices.find((choice) => choice === text)
    return choice ?? this.#refuse(name, choices.join(', ').replace(/, ([^,]*)$/, ' or $1'))
  }

  /** Milliseconds, no more than a timer of Node can wait. */
  duration(name: string): number {
    const ms = parseDuration(this.text(name))
    if (ms === undefined) this.#refuse(name, 'a duration such as 250ms, 10s or 1m30s')
    return ms <= longestTimerMs ? ms : this.#refuse(name, 'a duration of at most 596h')
  }

  hostPort(name: string): { address: string; port: number } {
    const right = 'an address and a port such as 127.0.0.1:10249'
    return parseHostPort(this.text(name)) ?? this.#refuse(name, right)
  }

  #refuse(name: string, right: string): never {
    throw badFlag(name, this.text(name), right)
  }
}

/** `--grace is "10"; a duration such as 250ms, 10s or 1m30s would be right` */
export function badFlag(name: string, text: string, right: string): CommandError {
  return usageError(`--${name} is ${JSON.stringify(text)}; ${right} would be right`)
}

function usageError(message: string): CommandError {
  return new CommandError(message, { exitCode: 2 })
}
