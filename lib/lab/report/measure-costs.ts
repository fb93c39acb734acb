/**
 * measureCosts: what a connection costs in each mode: rounds that are interleaved, so that whatever else the machine does
 * meets all modes alike, and a round before the first that does not count.
 */
import type { Lab, LabMode, Measurement, MeasurementKind } from '../lab.ts'
import { Figures } from './figure.ts'
import type { ModeCosts } from './trade-offs.ts'

export interface MeasureCostsOptions {
  readonly lab: Lab
  /** Those that are real. */
  readonly modes: readonly LabMode[]
  readonly rounds: number
  readonly durationMs: number
  readonly progress: (line: string) => void
}

const kinds = ['new-connections', 'open-connection', 'parallel-connections', 'bulk'] as const

/** Compilers are at work in it. */
const warmUpMs = 100
/** A round that was spoiled is done again so often. */
const retries = 2

export async function measureCosts(options: MeasureCostsOptions): Promise<ModeCosts[]> {
  const { lab, modes, rounds, progress } = options
  const figures = new Figures()
  for (let round = 0; round <= rounds; round++) {
    progress(round === 0 ? 'costs: warming up' : `costs: round ${round} of ${rounds}`)
    for (const mode of modes) {
      for (const kind of kinds) {
        if (round === 0) await lab.measure({ mode, kind, durationMs: warmUpMs })
        else addTo(figures, await goodMeasurement(options, mode, kind))
      }
    }
  }
  return modes.map((mode) => ({
    mode,
    newConnection: figures.get(`${mode} new-connections p50`),
    newConnectionP99: figures.get(`${mode} new-connections p99`),
    openConnection: figures.get(`${mode} open-connection p50`),
    connectionsPerSecond: figures.get(`${mode} parallel-connections perSecond`),
    bytesPerSecond: figures.get(`${mode} bulk bytesPerSecond`),
  }))
}

/** The last attempt, where none is good. */
async function goodMeasurement(
  { lab, durationMs, progress }: MeasureCostsOptions,
  mode: LabMode,
  kind: MeasurementKind,
): Promise<Measurement> {
  let measurement = await lab.measure({ mode, kind, durationMs })
  for (let retry = 0; retry < retries && measurement.invalid !== ''; retry++) {
    progress(`costs: ${mode}, ${kind}: again, for it was spoiled: ${measurement.invalid}`)
    measurement = await lab.measure({ mode, kind, durationMs })
  }
  return measurement
}

const values = ['p50', 'p99', 'perSecond', 'bytesPerSecond'] as const

function addTo(figures: Figures, measurement: Measurement): void {
  for (const value of values) {
    const key = `${measurement.mode} ${measurement.kind} ${value}`
    if (measurement.invalid === '') figures.add(key, measurement[value])
    else figures.addInvalid(key, measurement.invalid)
  }
}
