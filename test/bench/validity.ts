/**
 * Whether a run counts. A relay that fails or loses does less work and looks fast, so such a run is no figure.
 */
import type { Sample } from './sample.ts'

export interface ValidityRules {
  /** The load itself has SYNs that nobody answers. */
  readonly mayRetransmit: boolean
}

/** Why the run is not to be printed, or `undefined`. */
export function refusal(sample: Sample, { mayRetransmit }: ValidityRules): string | undefined {
  const { errors, retransmissions, figures } = sample
  if (errors > 0) return `${errors} errors`
  if (retransmissions > 0 && !mayRetransmit) return `${retransmissions} retransmissions`
  const [unknown] = Object.entries(figures).find(([, value]) => !Number.isFinite(value)) ?? []
  return unknown === undefined ? undefined : `no ${unknown}`
}
