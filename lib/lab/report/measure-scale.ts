/**
 * measureScale: what other Services cost, in each mode: their rules, one change among them, and a new connection to the
 * one that stands last.
 */
import type { Lab, LabMode } from '../lab.ts'
import { Figures } from './figure.ts'
import type { ModeScale, ScaleStep } from './trade-offs.ts'

export interface MeasureScaleOptions {
  readonly lab: Lab
  /** Those that are real. */
  readonly modes: readonly LabMode[]
  readonly rounds: number
  readonly durationMs: number
  /** How many others there are. */
  readonly services: readonly number[]
  readonly progress: (line: string) => void
}

/** Some hundred connections: enough for a median. */
const enoughMs = 200

type RuleCounts = Pick<ScaleStep, 'ruleCount' | 'walkedRuleCount'>

export async function measureScale(options: MeasureScaleOptions): Promise<ModeScale[]> {
  const { lab, modes, rounds, services, progress } = options
  const figures = new Figures()
  const counts = new Map<string, RuleCounts>()
  for (const others of services) {
    for (let round = 1; round <= rounds; round++) {
      progress(`scale: ${others} other Services, round ${round} of ${rounds}`)
      for (const mode of modes) {
        counts.set(`${mode} ${others}`, await measureMode(options, figures, { mode, others }))
      }
    }
  }
  await lab.setMode('direct')
  await lab.setOtherServices(0)
  return modes.map((mode) => ({
    mode,
    steps: services.map((others): ScaleStep => {
      const key = `${mode} ${others}`
      return {
        otherServices: others,
        ...(counts.get(key) as RuleCounts),
        fullLoadMs: figures.get(`${key} load`),
        changeMs: figures.get(`${key} change`),
        newConnection: figures.get(`${key} connection`),
      }
    }),
  }))
}

async function measureMode(
  { lab, durationMs }: MeasureScaleOptions,
  figures: Figures,
  { mode, others }: { readonly mode: LabMode; readonly others: number },
): Promise<RuleCounts> {
  const key = `${mode} ${others}`
  // So that the mode begins with nothing.
  await lab.setMode('direct')
  await lab.setOtherServices(others)
  const { installMs, ruleCount, walkedRuleCount } = await lab.setMode(mode)
  const isCarried = mode !== 'direct'
  if (isCarried) figures.add(`${key} load`, installMs)
  const { p50, invalid } = await lab.measure({
    mode,
    kind: 'new-connections',
    durationMs: Math.min(durationMs, enoughMs),
  })
  if (invalid === '') figures.add(`${key} connection`, p50)
  else figures.addInvalid(`${key} connection`, invalid)
  const change = await lab.setEndpoint('pod-3', { isReady: false })
  if (isCarried) figures.add(`${key} change`, change.installMs)
  await lab.setEndpoint('pod-3', { isReady: true })
  return { ruleCount, walkedRuleCount }
}
