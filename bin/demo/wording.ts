/**
 * Wording: messages of one language as lines of a terminal of 80 columns.
 */
import type { DemoMessages, Outcome, PodName, Truth } from '../../lib/lab/index.ts'
import { fill } from '../../lib/lab/index.ts'
import { padColumns, wrapColumns } from '../text-columns.ts'

const width = 80

/** How far the answer of a command stands from the left. */
const answerColumn = 42

export type Key = keyof DemoMessages

export class Wording {
  readonly #messages: DemoMessages

  constructor(messages: DemoMessages) {
    this.#messages = messages
  }

  say(key: Key, values?: Parameters<typeof fill>[1]): string {
    return fill(this.#messages[key], values)
  }

  /** A message below the title of a scene; `columns`: how far it is indented. */
  lines(key: Key, values?: Parameters<typeof fill>[1], columns = 4): string[] {
    return this.wrap(this.say(key, values), columns)
  }

  why(key: Key): string[] {
    return this.wrap(this.say('because') + this.say(key), 4)
  }

  wrap(text: string, columns: number): string[] {
    const space = ' '.repeat(columns)
    return wrapColumns(text, { width, first: space, others: `${space}  ` })
  }

  /** A command and what came of it. */
  asked(command: string, answer: string): string[] {
    const first = `${padColumns(`    $ ${command}`, answerColumn)} `
    return wrapColumns(answer, { width, first, others: ' '.repeat(answerColumn + 1) })
  }

  /** With REAL or SIMULATED at the end of the line. */
  badged(text: string, truth: Truth): string {
    return `${padColumns(text, width - truth.length)}${truth}`
  }

  outcome(outcome: Outcome): string {
    return this.say(outcomes[outcome])
  }

  names(names: readonly (PodName | Outcome)[]): string {
    return names.map((name) => (isPod(name) ? name : this.outcome(name))).join(' ')
  }
}

function isPod(name: PodName | Outcome): name is PodName {
  return name.startsWith('pod-')
}

const outcomes = {
  ok: 'outcomeOk',
  refused: 'outcomeRefused',
  timeout: 'outcomeTimeout',
  unreachable: 'outcomeUnreachable',
  closed: 'outcomeClosed',
} as const
