/**
 * showDemo: opens a lab, shows scenes in it, and closes it, however it ends.
 */
import type { LabLevel } from '../../lib/lab/index.ts'
import { openLab, runScenes } from '../../lib/lab/index.ts'
import type { DemoOutput } from './demo-output.ts'
import type { DemoSummary } from './summary.ts'
import { summaryOf } from './summary.ts'

export interface ShowDemoOptions {
  /** `undefined`: the highest that works. */
  readonly level: LabLevel | undefined
  readonly output: DemoOutput
  readonly isFast: boolean
  /** `undefined`: all scenes. */
  readonly numbers: readonly number[] | undefined
  /** Between two scenes. */
  readonly pause: (signal: AbortSignal) => Promise<void>
  /** Aborted when somebody has seen enough. */
  readonly signal: AbortSignal
}

/** Returns `undefined` where it was aborted. */
export async function showDemo(options: ShowDemoOptions): Promise<DemoSummary | undefined> {
  const { level, output, isFast, numbers, pause, signal } = options
  const begin = performance.now()
  output.begin()
  const lab = await openLab({ level })
  try {
    output.lab(lab.description, await lab.state())
    const reports = []
    const before = async (number: number, name: Parameters<DemoOutput['scene']>[1]) => {
      if (reports.length > 0) await pause(signal)
      output.scene(number, name)
    }
    const scenes = runScenes(lab, { isFast, before, ...(numbers === undefined ? {} : { numbers }) })
    for (;;) {
      const next = await Promise.race([scenes.next(), aborted(signal)])
      if (next === undefined) {
        output.stop()
        return undefined
      }
      if (next.done === true) break
      output.report(next.value)
      reports.push(next.value)
    }
    const summary = summaryOf(reports, performance.now() - begin)
    output.end(summary)
    return summary
  } catch (error) {
    // What fails because it was ended has not failed.
    if (signal.aborted) return undefined
    throw error
  } finally {
    await lab.close()
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
