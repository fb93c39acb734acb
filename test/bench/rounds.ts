/**
 * Rounds: A B C, C B A, A B C, so that what changes on the machine meanwhile meets all relays alike, and none has its place.
 *
 * A run that does not count is done again at its place, some times; where it never counts, the relay has no figures
 * for the load, whatever its other rounds gave.
 */
import type { Sample } from './sample.ts'
import type { Refusal } from './validity.ts'

export interface RoundsOptions {
  readonly rounds: number
  /** How often a run is done that does not count. */
  readonly attempts: number
  /** Runs what is called `name` once. */
  run(name: string): Promise<Sample>
  /** Why a run does not count. */
  refusal(sample: Sample): Refusal | undefined
}

export interface Outcome {
  readonly name: string
  /** Of each round, in order. Less than the rounds where it was refused. */
  readonly samples: readonly Sample[]
  /** Why each run that did not count did not. */
  readonly repeated: readonly string[]
  /** Why there are no figures. */
  readonly refused?: Refusal
}

export async function interleave(
  names: readonly string[],
  options: RoundsOptions,
): Promise<Outcome[]> {
  let outcomes: Outcome[] = names.map((name) => ({ name, samples: [], repeated: [] }))
  for (let round = 1; round <= options.rounds; round++) {
    const isBackwards = round % 2 === 0
    const next: Outcome[] = []
    for (const outcome of isBackwards ? outcomes.toReversed() : outcomes) {
      next.push(outcome.refused ? outcome : await runRound(outcome, { ...options, round }))
    }
    outcomes = isBackwards ? next.toReversed() : next
  }
  return outcomes
}

/**
 * The outcomes of several starts of the same relays, as those of one. What was refused once has no figures; of several
 * refusals that which is a fault counts.
 */
export function joined(starts: readonly (readonly Outcome[])[]): Outcome[] {
  const [first = []] = starts
  return first.map(({ name }, index) => {
    const all = starts.flatMap((outcomes) => outcomes[index] ?? [])
    const refusals = all.flatMap(({ refused }) => refused ?? [])
    const refused = refusals.find(({ isFault }) => isFault) ?? refusals[0]
    const others = refusals.filter((one) => one !== refused).map(({ reason }) => reason)
    return {
      name,
      samples: all.flatMap(({ samples }) => samples),
      repeated: [...all.flatMap(({ repeated }) => repeated), ...others],
      ...(refused && { refused }),
    }
  })
}

async function runRound(
  outcome: Outcome,
  { round, attempts, run, refusal }: RoundsOptions & { readonly round: number },
): Promise<Outcome> {
  const repeated = [...outcome.repeated]
  for (let attempt = 1; ; attempt++) {
    const sample = await run(outcome.name)
    const refused = refusal(sample)
    if (!refused) return { ...outcome, samples: [...outcome.samples, sample], repeated }
    const told = { ...refused, reason: `round ${round}: ${refused.reason}` }
    if (attempt === attempts) return { ...outcome, repeated, refused: told }
    repeated.push(told.reason)
  }
}
