/** Growing pauses between tries, with jitter so that many who failed together do not try together. */

export interface BackoffOptions {
  readonly firstMs: number
  readonly mostMs: number
  /** In [0, 1). */
  readonly random: () => number
}

/** The pause before try number `attempt` (1 is the first retry): doubling up to `mostMs`, less up to a quarter. */
export function backoffMs(attempt: number, { firstMs, mostMs, random }: BackoffOptions): number {
  const whole = Math.min(mostMs, firstMs * 2 ** (attempt - 1))
  return Math.round(whole * (1 - random() / 4))
}
