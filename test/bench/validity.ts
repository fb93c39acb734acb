/**
 * Whether a run counts. A relay that fails or loses does less work and looks fast, so such a run is no figure.
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

/** Why the run is not to be printed, or `undefined`. */
export function refusal(sample: Sample, allowed: Retransmissions): string | undefined {
  const { errors, retransmissions, timeouts, figures } = sample
  if (errors > 0) return `errors: ${errors}`
  if (allowed === 'none' && retransmissions > 0) return `retransmissions: ${retransmissions}`
  if (allowed === 'reordered' && timeouts > 0) return `retransmission timeouts: ${timeouts}`
  const unknown = Object.keys(figures).find((name) => !Number.isFinite(figures[name]))
  return unknown === undefined ? undefined : `no ${unknown}`
}
