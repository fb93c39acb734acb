/**
 * describeCommand: what a command says of itself to yargs, as data: for completion, the man page and tests.
 *
 * The builder is run against a recorder instead of yargs, so that there is one table of options and no second one to
 * be forgotten.
 */
import type { Argv, Options } from 'yargs'
import type { Command } from '../command.ts'

export interface FlagDescription {
  /** Without dashes. */
  readonly name: string
  /** One letter; `undefined` where there is none. */
  readonly short: string | undefined
  readonly describe: string
  /** `switch`: takes no value; `list`: takes all words up to the next flag. */
  readonly kind: 'switch' | 'value' | 'list'
  readonly default: string | undefined
}

export interface CommandDescription {
  readonly name: string
  /** The name and its positional arguments: `get [resource]`. */
  readonly usage: string
  readonly describe: string
  readonly positionals: readonly { readonly name: string; readonly describe: string }[]
  readonly flags: readonly FlagDescription[]
  readonly examples: readonly { readonly line: string; readonly describe: string }[]
}

/** Flags that every command has. */
export const commonFlags: readonly FlagDescription[] = [
  switchOf('debug', 'Show the stack of an error'),
  switchOf('version', 'Show version number'),
  { ...switchOf('help', 'Show help'), short: 'h' },
]

function switchOf(name: string, describe: string): FlagDescription {
  return { name, short: undefined, describe, kind: 'switch', default: undefined }
}

/** @returns without the common flags; `undefined` for a hidden command */
export function describeCommand(command: Command): CommandDescription | undefined {
  const { describe, builder } = command
  if (typeof describe !== 'string') return undefined
  const recorder = new Recorder()
  if (typeof builder === 'function') void builder(recorder.argv)
  return {
    name: command.command.split(' ')[0] as string,
    usage: command.command,
    describe,
    positionals: recorder.positionals,
    flags: recorder.flags,
    examples: recorder.examples,
  }
}

class Recorder {
  readonly positionals: CommandDescription['positionals'][number][] = []
  readonly flags: FlagDescription[] = []
  readonly examples: CommandDescription['examples'][number][] = []
  /** Takes every call of a builder, and notes those that are known. */
  readonly argv: Argv

  constructor() {
    const known: Readonly<Record<string, (...args: never[]) => void>> = {
      option: (name: string, options: Options) => this.#option(name, options),
      options: (all: Readonly<Record<string, Options>>) => {
        for (const [name, options] of Object.entries(all)) this.#option(name, options)
      },
      positional: (name: string, { describe = '' }: Options) => {
        this.positionals.push({ name, describe })
      },
      example: (line: string, describe: string) => {
        this.examples.push({ line: line.replace('$0', 'userspace-proxy'), describe })
      },
    }
    this.argv = new Proxy({} as Argv, {
      get:
        (_, method, proxy) =>
        (...args: never[]) => {
          known[String(method)]?.(...args)
          return proxy as unknown
        },
    })
  }

  #option(name: string, { alias, describe, type, default: value, hidden }: Options): void {
    if (hidden === true) return
    const short = [alias ?? []].flat().find((one) => one.length === 1)
    const kind = type === 'boolean' ? 'switch' : type === 'array' ? 'list' : 'value'
    this.flags.push({
      name,
      short,
      describe: describe ?? '',
      kind,
      default: value === undefined ? undefined : String(value),
    })
  }
}
