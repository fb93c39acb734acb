/**
 * An experiment on a terminal: what is asked before it runs, and what is told after.
 */
import type { CourseText, ExperimentName, ExperimentRecord } from '../../lib/lab/index.ts'
import { experimentNames, fill } from '../../lib/lab/index.ts'
import { padColumns, wrapColumns } from '../text-columns.ts'
import { seenLine } from './seen-line.ts'

export const letters = ['a', 'b', 'c'] as const

const width = 80

/** Question and guesses. */
export function questionLines(text: CourseText, name: ExperimentName): string[] {
  const { title, question, choices } = text.experiments[name]
  const number = experimentNames.indexOf(name) + 1
  return [
    `${number}/${experimentNames.length} ${title}`,
    '',
    ...wrapColumns(question, { first: '  ', others: '  ' }),
    '',
    ...choices.flatMap((choice, i) =>
      wrapColumns(choice, { first: `  ${letters[i]}) `, others: '     ' }),
    ),
    '',
  ]
}

export function answerLines(text: CourseText, record: ExperimentRecord): string[] {
  const { words } = text
  const { answer, why, errata, next } = text.experiments[record.name]
  const titled = (title: string, body: string): string[] => {
    const line = fill(words.titled, { title, text: body })
    return wrapColumns(line, { first: '  ', others: '    ' })
  }
  return [
    ...record.groups.flatMap(({ mode, truth, seen }) => [
      `${padColumns(`  ${fill(words.mode, { mode })}`, width - truth.length)}${truth}`,
      ...seen.flatMap((one) =>
        wrapColumns(seenLine(text, one), { first: '    ', others: '      ' }),
      ),
    ]),
    ...record.skipped.flatMap((part) =>
      wrapColumns(fill(words.skipped, { ...part }), { first: '  ', others: '    ' }),
    ),
    '',
    `  ${fill(words.right, { letter: letters[answer] })}`,
    ...titled(words.why, why),
    '',
    ...errata.flatMap(([said, saw]) => [...titled(words.said, said), ...titled(words.saw, saw)]),
    '',
    ...titled(words.next, plain(next)),
  ]
}

function plain(text: string): string {
  return text.replaceAll('`', '')
}

/** What there is to choose from. */
export function contentLines(text: CourseText, command: string): string[] {
  return [
    text.words.course,
    '',
    ...experimentNames.map((name, i) => {
      return `  ${String(i + 1).padStart(2)}  ${text.experiments[name].title}`
    }),
    '',
    `${text.words.run} ${command} course 1`,
  ]
}
