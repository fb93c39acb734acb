/**
 * Rounds: A B C A B C, so that what changes on the machine meanwhile meets all relays alike.
 *
 * A run that does not count is done again at its place, some times; where it never counts, the relay has no figures
 * for the load, whatever its other rounds gave.
 */
import type { Sample } from './sample.ts'

export interface RoundsOptions {
  readonly rounds: number
  /** How often a run is done that does not count. */
  readonly attempts: number
  /** Runs what is called `name` once. */
  run(name: string): Promise<Sample>
  /** Why a run does not count. */
  refusal(sample: Sample): string | undefined
}

export interface Outcome {
  readonly name: string
  /** Of each round, in order. Less than the rounds where it was refused. */
  readonly samples: readonly Sample[]
  /** Why each run that did not count did not. */
  readonly repeated: readonly string[]
  /** Why there are no figures. */
  readonly refused?: string
}

export async function interleave(
  names: readonly string[],
  options: RoundsOptions,
): Promise<Outcome[]> {
  const outcomes = names.map((name) => ({
    name,
    samples: [] as Sample[],
    repeated: [] as string[],
    refused: undefined as string | undefined,
  }))
  for (let round = 1; round <= options.rounds; round++) {
    for (const outcome of outcomes) {
      if (outcome.refused !== undefined) continue
      for (let attempt = 1; ; attempt++) {
        const sample = await options.run(outcome.name)
        const reason = options.refusal(sample)
        if (reason === undefined) {
          outcome.samples.push(sample)
          break
        }
        const told = `round ${round}: ${reason}`
        outcome.repeated.push(told)
        if (attempt < options.attempts) continue
        outcome.refused = told
        break
      }
    }
  }
  return outcomes.map(({ refused, ...outcome }) =>
    refused === undefined ? outcome : { ...outcome, refused },
  )
}
