/**
 * The check that values which have to differ do: names of ports, pairs of port and protocol.
 */
import { fieldName, type ObjectField } from './object-field.ts'

export interface ComparedField {
  readonly field: ObjectField
  /** What is compared and shown; `undefined`, `''` or 0 where there is nothing to compare. */
  readonly text: string | 0 | undefined
}

/** Notes a problem for every field that repeats an earlier one: `name is "http", as in ports[0]; …`. */
export function refuseRepeated(fields: readonly ComparedField[], right: string): void {
  const first = new Map<string, ObjectField>()
  for (const { field, text } of fields) {
    if (!text) continue
    const earlier = first.get(text)
    if (earlier === undefined) first.set(text, field)
    else field.problem(`is ${text}, as in ${fieldName(earlier.path.slice(0, -1))}`, right)
  }
}
