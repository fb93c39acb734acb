/** Runs loads: for each, and each start, relays are started anew, warmed up, measured in rounds, and ended. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startBackends } from './backends.ts'
import type { BenchOptions } from './command-line.ts'
import { loads } from './loads/index.ts'
import type { Load, Target } from './loads/load.ts'
import { describeMachine } from './machine.ts'
import { measure } from './measure.ts'
import { relayPrograms } from './relays/index.ts'
import type { Relay, RelayProgram } from './relays/relay.ts'
import type { LoadResults, Results } from './results.ts'
import { interleave, joined, type Outcome } from './rounds.ts'
import type { Sample } from './sample.ts'
import { otherServices, services } from './services.ts'
import { type Summary, summary } from './statistics.ts'
import { refusal } from './validity.ts'

export interface SuiteOptions extends Omit<BenchOptions, 'output' | 'file'> {
  /** For files of relays and backends. */
  readonly folder: string
  progress(line: string): void
}

/** A relay with a number of other Services. */
interface Candidate {
  readonly name: string
  readonly program: RelayProgram
  readonly others: number
}

interface RunningRelay {
  readonly relay: Relay
  readonly target: Target
}

const attempts = 3

export async function runSuite(options: SuiteOptions): Promise<Results> {
  const machine = describeMachine()
  const chosen = relayPrograms.filter(({ name }) => options.relays.includes(name))
  const programs = chosen.filter((program) => program.version() !== undefined)
  const missing = chosen.filter((program) => !programs.includes(program)).map(({ name }) => name)
  for (const name of missing) options.progress(`${name} is not installed, and left out`)
  await startBackends(options.folder)
  const results: LoadResults[] = []
  for (const load of loads.filter(({ name }) => options.loads.includes(name))) {
    results.push(
      await runLoad(load, candidates(load, { programs, counts: options.services }), options),
    )
  }
  return {
    machine,
    starts: options.starts,
    rounds: options.rounds,
    seconds: options.seconds,
    relays: programs.map(({ name, description, version }) => ({
      name,
      description,
      version: version() ?? '',
    })),
    missing,
    loads: results,
  }
}

/** Clients that dial the endpoint themselves do not notice Services. */
function candidates(
  load: Load,
  { programs, counts }: { programs: readonly RelayProgram[]; counts: readonly number[] },
): Candidate[] {
  return programs
    .filter(({ protocols }) => protocols.includes(load.protocol))
    .filter(({ triesAnotherEndpoint }) => triesAnotherEndpoint || load.hasDeadEndpoint !== true)
    .flatMap((program) =>
      (program.name === 'direct' ? [0] : counts).map((others) => ({
        name: others === 0 ? program.name : `${program.name}+${others}`,
        program,
        others,
      })),
    )
}

async function runLoad(
  load: Load,
  all: readonly Candidate[],
  options: SuiteOptions,
): Promise<LoadResults> {
  const starts: Outcome[][] = []
  for (let start = 1; start <= options.starts; start++)
    starts.push(await runStart(load, all, options))
  const { name, description, columns, key } = load
  return { name, description, columns, key, relays: joined(starts).map(withSummaries) }
}

async function runStart(
  load: Load,
  all: readonly Candidate[],
  options: SuiteOptions,
): Promise<Outcome[]> {
  const { rounds, seconds, progress } = options
  progress(`${load.name}: starting ${all.map(({ name }) => name).join(', ')}`)
  const relays = new Map<string, RunningRelay>()
  const restart = async (index: number): Promise<Target> => {
    const candidate = all[index]
    if (candidate === undefined) throw new Error(`no relay ${index}`)
    await relays.get(candidate.name)?.relay.stop()
    const relay = await startRelay(load, { candidate, index, folder: options.folder })
    const target = targetOf(relay)
    relays.set(candidate.name, { relay, target })
    return target
  }
  try {
    for (const index of all.keys()) await restart(index)
    const targets = [...relays.values()].map(({ target }) => target)
    await load.prepare?.(targets)
    if (options.warmUp && load.needsFreshRelay !== true) {
      for (const target of targets) await load.run(target, { seconds: Math.min(seconds, 1) })
    }
    return await interleave([...relays.keys()], {
      rounds,
      attempts,
      refusal: (sample) => refusal(sample, load.retransmissions ?? 'none'),
      run: async (name) => {
        const target = relays.get(name)?.target
        if (target === undefined) throw new Error(`no relay ${name}`)
        const sample = await measure(load, target, { seconds })
        progress(`${load.name}: ${name}: ${tell(load, sample)}`)
        if (load.needsFreshRelay) await restart(all.findIndex((one) => one.name === name))
        return sample
      },
    })
  } finally {
    for (const { relay } of relays.values()) await relay.stop()
  }
}

async function startRelay(
  load: Load,
  { candidate, index, folder }: { candidate: Candidate; index: number; folder: string },
): Promise<Relay> {
  const { name, program, others } = candidate
  const own = join(folder, `${load.name}-${name}`)
  mkdirSync(own, { recursive: true })
  const all = [...Object.values(services), ...otherServices(others)]
  return program.start({ ip: `127.0.2.${index + 1}`, folder: own, services: all })
}

function targetOf(relay: Relay): Target {
  return { pid: relay.process?.pid, address: (name) => relay.address(services[name]) }
}

function withSummaries(outcome: Outcome) {
  const names = Object.keys(outcome.samples[0]?.figures ?? {})
  const figures: Record<string, Summary> = {}
  if (!outcome.refused) {
    for (const name of names) {
      figures[name] = summary(outcome.samples.map((sample) => sample.figures[name] ?? Number.NaN))
    }
  }
  return { ...outcome, figures }
}

function tell(load: Load, { figures, errors, retransmissions }: Sample): string {
  const cells = load.columns.map(({ header, figure, scale = 1, digits = 0 }) => {
    const value = (figures[figure] ?? Number.NaN) * scale
    return `${header.toLowerCase()} ${value.toFixed(digits)}`
  })
  return [...cells, `errors ${errors}`, `retransmissions ${retransmissions}`].join(', ')
}
