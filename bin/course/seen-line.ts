/**
 * seenLine: a fact of an experiment as a sentence of one language.
 */
import type { CourseText, Outcome, Seen } from '../../lib/lab/index.ts'
import { fill } from '../../lib/lab/index.ts'
import { shortRule } from '../demo/short-rule.ts'

export function seenLine({ seen, outcomes }: CourseText, { key, values }: Seen): string {
  const told = Object.entries(values).map(([name, value]) => {
    if (name === 'outcome') return [name, outcomes[value as Outcome]] as const
    if (name === 'rule') return [name, shortRule(String(value))] as const
    return [name, value] as const
  })
  return fill(seen[key], Object.fromEntries(told)).trimEnd()
}
