/** The command line of the bench. */
import yargs from 'yargs'
import { loads } from './loads/index.ts'
import { relayPrograms } from './relays/index.ts'

export interface BenchOptions {
  /** How often relays are started anew for each load. */
  readonly starts: number
  /** Of each start. */
  readonly rounds: number
  readonly seconds: number
  /** Whether each relay has one run before the first round that is not measured. */
  readonly warmUp: boolean
  /** Names, in the order of the report. */
  readonly loads: readonly string[]
  readonly relays: readonly string[]
  /** How many other Services relays have; each relay is run with each of these. */
  readonly services: readonly number[]
  readonly output: 'table' | 'json'
  /** Also written there, as JSON. */
  readonly file?: string
}

const loadNames = loads.map(({ name }) => name)
const relayNames = relayPrograms.map(({ name }) => name)

/** Ends the process on `--help` and on wrong use. */
export async function parseCommandLine(args: readonly string[]): Promise<BenchOptions> {
  const parsed = await yargs(args)
    .scriptName('npm run bench --')
    .usage('$0\n\nMeasures relays side by side, in rounds, in a network of its own')
    .option('quick', { type: 'boolean', describe: 'One short round: proves that all of it works' })
    .option('starts', {
      type: 'number',
      default: 1,
      describe: 'How often all relays are started anew, for so many rounds each',
    })
    .option('rounds', { type: 'number', describe: 'Default: 5, with --quick 1' })
    .option('seconds', {
      type: 'number',
      describe: 'Of a run, about. Default: 2, with --quick 0.5',
    })
    .option('load', {
      type: 'string',
      array: true,
      describe: `Default: all: ${loadNames.join(', ')}`,
    })
    .option('relay', {
      type: 'string',
      array: true,
      describe: `Default: all: ${relayNames.join(', ')}`,
    })
    .option('services', {
      type: 'number',
      array: true,
      default: [0],
      describe: 'Other Services that are configured, idle: one relay for each number',
    })
    .option('output', {
      alias: 'o',
      choices: ['table', 'json'] as const,
      default: 'table' as const,
    })
    .option('file', { type: 'string', describe: 'Also write the results here, as JSON' })
    .example('$0 --quick', 'all loads, under 2 minutes')
    .example('$0 --starts 20 --rounds 3', 'for differences of a few per cent')
    .example('$0 --load keep-alive-64 --relay haproxy ours', 'one load, two relays')
    .check(({ load = [], relay = [], starts, rounds = 1, seconds = 1, services }) => {
      for (const name of load) known(name, loadNames)
      for (const name of relay) known(name, relayNames)
      if (!(Number.isInteger(starts) && starts >= 1)) throw new Error('--starts is 1 or more')
      if (!(rounds >= 1 && seconds > 0)) throw new Error('--rounds and --seconds are more than 0')
      for (const count of services) {
        if (!(count >= 0 && count <= 10_000)) throw new Error('--services is 0 to 10000')
      }
      return true
    })
    .strict()
    .alias('help', 'h')
    .version(false)
    .wrap(80)
    .parseAsync()
  const { quick = false, starts, load, relay, services, output, file } = parsed
  return {
    starts,
    rounds: parsed.rounds ?? (quick ? 1 : 5),
    seconds: parsed.seconds ?? (quick ? 0.5 : 2),
    warmUp: !quick,
    loads: loadNames.filter((name) => load?.includes(name) ?? true),
    relays: relayNames.filter((name) => relay?.includes(name) ?? true),
    services,
    output,
    ...(file !== undefined && { file }),
  }
}

function known(name: string, names: readonly string[]): void {
  if (!names.includes(name)) throw new Error(`${name} is none of ${names.join(', ')}`)
}
