/**
 * runReport: measures and watches all modes of a lab that are real, one after the other, and returns what it has found.
 */
import { cpus, loadavg, release } from 'node:os'
import type { Lab } from '../lab.ts'
import { ifSupported } from '../scenes/if-supported.ts'
import { measureCosts } from './measure-costs.ts'
import { measureScale } from './measure-scale.ts'
import { observeBehaviour } from './observe-behaviour.ts'
import type { ModeBehaviour, Surroundings, TradeOffs } from './trade-offs.ts'

export interface RunReportOptions {
  readonly lab: Lab
  readonly rounds: number
  /** Of each measurement. */
  readonly durationMs: number
  /** How many other Services there are, for the part that is about scale. Empty: without it. */
  readonly services: readonly number[]
  readonly date: Date
  /** Told what is being done. */
  readonly progress: (line: string) => void
}

export async function runReport(options: RunReportOptions): Promise<TradeOffs> {
  const { lab, rounds, durationMs, progress } = options
  const before = await surroundings(lab, options.date)
  const modes = lab.description.modes
    .filter(({ truth }) => truth === 'REAL')
    .map(({ mode }) => mode)
  const costs = await measureCosts({ ...options, modes })
  const behaviours: ModeBehaviour[] = []
  for (const { mode } of lab.description.modes) {
    progress(`behaviour: ${mode}`)
    behaviours.push(await observeBehaviour(lab, mode))
  }
  const scale = await ifSupported(measureScale({ ...options, modes }), progress)
  return {
    surroundings: { ...before, loadAfter: load() },
    rounds,
    durationMs,
    modes: lab.description.modes,
    costs,
    behaviours,
    scale: scale ?? [],
  }
}

async function surroundings(lab: Lab, date: Date): Promise<Surroundings> {
  const models = cpus().map(({ model }) => model.trim())
  return {
    date,
    level: lab.description.level,
    kernel: release(),
    cpu: [...new Set(models)].join(', '),
    cpus: models.length,
    loadBefore: load(),
    loadAfter: 0,
    node: process.versions.node,
    iptables: await versionOf(lab, 'iptables'),
    nft: await versionOf(lab, 'nft'),
  }
}

function load(): number {
  return loadavg()[0] as number
}

/** '' where it is not there, or nothing can be run. */
async function versionOf(lab: Lab, tool: string): Promise<string> {
  const output = await lab.run('node', tool, ['--version']).catch(() => undefined)
  return /v\d.*/.exec(output?.stdout ?? '')?.[0] ?? ''
}
