/**
 * Finding: what `doctor` has to say about one thing of the machine.
 */
import type { PortalModeName } from '../portal-binders.ts'

export interface Finding {
  /** What was looked at, in a word or two. */
  readonly name: string
  /** `warn`: works, but for what `found` says; `missing`: is not there, or may not be used. */
  readonly mark: 'ok' | 'warn' | 'missing'
  readonly found: string
  /** What to do, where the mark is not `ok`. */
  readonly advice?: string
  /** Portal modes that cannot work while it is missing. */
  readonly neededBy?: readonly PortalModeName[]
}

/** Names of what a portal mode lacks; none where it can work. */
export function lackedBy(mode: PortalModeName, findings: readonly Finding[]): readonly string[] {
  return findings
    .filter((one) => one.mark === 'missing' && one.neededBy?.includes(mode) === true)
    .map(({ name }) => name)
}
