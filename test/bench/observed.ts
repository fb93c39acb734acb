/**
 * What it costs to be observed: `observed` beside `ours`, in turns of a tenth of a second.
 *
 * For differences of a few per cent, which rounds of whole runs do not show. README.md beside this file says how.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import yargs from 'yargs'
import { startBackends } from './backends.ts'
import { cpuTimeUs } from './cpu-time.ts'
import { inOwnNetwork } from './in-own-network.ts'
import { type WrkOptions, parseWrk, startWrk } from './loads/wrk.ts'
import { ours, startObserved } from './relays/ours.ts'
import type { Relay } from './relays/relay.ts'
import { services } from './services.ts'
import { median, summary } from './statistics.ts'
import { takeTurns, turnsPerSecond } from './turns.ts'

/** What the project allows itself. */
const operations = [
  { name: 'request', limit: 1.03, options: { connections: 64 } },
  { name: 'connection', limit: 1.05, options: { connections: 64, closes: true } },
] as const

type Operation = (typeof operations)[number]

/**
 * Before each measurement, in seconds: V8 has compiled what is busy. The first reading of the metrics has it compile forty
 * functions of Node's again, for what else they meet now: 0.4 s of CPU, once.
 */
const warmSeconds = 6

interface StartOptions {
  readonly measured: readonly Operation[]
  readonly seconds: number
  readonly oursFirst: boolean
}

interface Candidate {
  readonly relay: Relay
  readonly scrape?: () => void
}

/** CPU time of an operation, in µs, of each candidate. */
async function measure(
  candidates: readonly Candidate[],
  options: Omit<WrkOptions, 'seconds'>,
  seconds: number,
): Promise<number[]> {
  const takers = candidates.map(({ relay, scrape }) => ({
    relay,
    // A little longer than all turns take: it is told to end.
    clients: startWrk(relay.address(services.web), {
      ...options,
      seconds: 1.2 * seconds * candidates.length + 5,
    }),
    // As often as once a second of its own.
    begins: (turn: number) => turn % turnsPerSecond === 0 && scrape?.(),
  }))
  const cpu = () => takers.map(({ relay }) => cpuTimeUs(relay.process?.pid ?? 0))
  const before = cpu()
  await takeTurns(takers, seconds)
  const results = await Promise.all(takers.map(({ clients }) => clients.output.then(parseWrk)))
  await delay(50)
  const after = cpu()
  return results.map(({ operations, errors }, index) => {
    if (errors > 0) throw new Error(`${errors} requests failed`)
    return ((after[index] ?? 0) - (before[index] ?? 0)) / operations
  })
}

/** `oursFirst`: which of them begins, and has the first turns: two of one program differed by 1 % (12 starts). */
async function runStart(
  folder: string,
  { measured, seconds, oursFirst }: StartOptions,
): Promise<[number, number][]> {
  const all = Object.values(services)
  const site = (index: number) => {
    const own = join(folder, String(index))
    mkdirSync(own, { recursive: true })
    return { ip: `127.0.2.${index}`, folder: own, services: all }
  }
  const inOrder = <Item>(items: Item[]) => (oursFirst ? items : items.toReversed())
  const begin = [
    async (index: number): Promise<Candidate> => ({ relay: await ours.start(site(index)) }),
    async (index: number): Promise<Candidate> => startObserved(site(index)),
  ]
  const candidates: Candidate[] = []
  for (const [index, one] of inOrder(begin).entries()) candidates.push(await one(index + 1))
  try {
    const costs: [number, number][] = []
    for (const { options } of measured) {
      await measure(candidates, options, warmSeconds)
      const both = inOrder(await measure(candidates, options, seconds))
      const [without = Number.NaN, with_ = Number.NaN] = both
      costs.push([without, with_])
    }
    return costs
  } finally {
    for (const { relay } of candidates) await relay.stop()
    // So that the next log gets the memory of this one. A virtual machine's host has to find what was not used lately,
    // ten times the cost of a write: no relay's, and not that of a log that is rotated.
    rmSync(folder, { recursive: true })
  }
}

function parseArguments() {
  return yargs(process.argv.slice(2))
    .scriptName('npm run bench:observed --')
    .usage('$0\n\nWhat metrics read every second and a connection log cost, in turns of 0.1 s')
    .option('starts', { type: 'number', default: 12, describe: 'How often relays start anew' })
    .option('seconds', { type: 'number', default: 5, describe: 'Of each relay and start' })
    .option('operation', {
      choices: operations.map(({ name }) => name),
      describe: 'Only this one. Default: both, by the same relays in turn',
    })
    .example('$0 --starts 2 --seconds 4', 'a short one')
    .example('$0 --operation connection', 'by relays that have had no other clients')
    .strict()
    .alias('help', 'h')
    .version(false)
    .wrap(80)
    .check(({ starts, seconds }) => {
      if (!(starts >= 1 && seconds >= 1)) throw new Error('--starts and --seconds are 1 or more')
      return true
    })
    .parseAsync()
}

interface RunOptions {
  readonly starts: number
  readonly seconds: number
  readonly operation?: Operation['name'] | undefined
}

async function run({ starts, seconds, operation }: RunOptions, folder: string): Promise<number> {
  const measured = operations.filter(({ name }) => name === (operation ?? name))
  await startBackends(folder)
  const startSeconds = measured.length * 2 * (warmSeconds + seconds)
  process.stderr.write(`starts: ${starts}, of ${startSeconds} s each\n`)
  const all: [number, number][][] = []
  for (let start = 1; start <= starts; start++) {
    const options = { measured, seconds, oursFirst: start % 2 === 1 }
    const costs = await runStart(join(folder, `start-${start}`), options)
    all.push(costs)
    const told = costs.map(([without, with_], index) => {
      const ratio = (with_ / without).toFixed(3)
      return `${measured[index]?.name} ${without.toFixed(1)} ${with_.toFixed(1)} us, ${ratio}`
    })
    process.stderr.write(`${start}/${starts}: ${told.join('; ')}\n`)
  }
  const cell = (value: number, digits: number) => value.toFixed(digits).padStart(9)
  process.stdout.write('OPERATION    OURS US  OBSERVED     RATIO     LEAST      MOST     LIMIT\n')
  const isKept = measured.map(({ name, limit }, index) => {
    const pairs = all.map((costs) => costs[index] as [number, number])
    const ratio = summary(pairs.map(([without, with_]) => with_ / without))
    const cells = [
      cell(median(pairs.map(([without]) => without)), 1),
      cell(median(pairs.map(([, with_]) => with_)), 1),
      ...[ratio.median, ratio.min, ratio.max].map((value) => cell(value, 3)),
      cell(limit, 2),
    ]
    process.stdout.write(`${name.padEnd(10)} ${cells.join(' ')}\n`)
    return ratio.median <= limit
  })
  return isKept.every(Boolean) ? 0 : 1
}

try {
  const options = await parseArguments()
  process.exitCode = await inOwnNetwork((folder) => run(options, folder))
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
// Backends and relays that still run end with this process.
process.exit()
