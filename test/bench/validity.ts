/**
 * Whether a run counts. A relay that fails or loses does less work and looks fast, so such a run is no figure. Pure.
 */
import type { Sample } from './sample.ts'

/**
 * Which segments may be sent again in a run that counts.
 *
 * `reordered`: those of fast retransmit. Where a stream is kept full by two cores, both put its segments on the
 * loopback, and some overtake others; the sender takes one for lost that is not. What is lost is sent again at the end
 * of a timeout, of which there may be none. `any`: the load has SYNs that nobody answers.
 */
export type Retransmissions = 'none' | 'reordered' | 'any'

/** Why a run does not count. */
export interface Refusal {
  readonly reason: string
  /** The relay or the bench did something wrong. Otherwise the machine was too busy, say. */
  readonly isFault: boolean
}

export function refusal(sample: Sample, allowed: Retransmissions): Refusal | undefined {
  const { errors, retransmissions, timeouts, figures } = sample
  if (errors > 0) return { reason: `errors: ${errors}`, isFault: true }
  const unknown = Object.keys(figures).find((name) => !Number.isFinite(figures[name]))
  if (unknown !== undefined) return { reason: `no ${unknown}`, isFault: true }
  if (allowed === 'none' && retransmissions > 0)
    return { reason: `retransmissions: ${retransmissions}`, isFault: false }
  if (allowed === 'reordered' && timeouts > 0)
    return { reason: `retransmission timeouts: ${timeouts}`, isFault: false }
  return undefined
}
