/**
 * Scene 7 on a terminal: commands to go on with.
 */
import { columnsOf, padColumns, wrapColumns } from '../text-columns.ts'
import type { Wording } from './wording.ts'

const ways = [
  ['lab --open', 'nextLab'],
  ['course', 'nextCourse'],
  ['render -f FILE', 'nextRender'],
  ['hello', 'nextHello'],
  ['run --manifests FILE', 'nextRun'],
] as const

/** `command`: how this program is called. */
export function nextLines(wording: Wording, command: string): string[] {
  const rows = ways.map(([words, key]) => [`${command} ${words}`, wording.say(key)] as const)
  const column = Math.max(...rows.map(([line]) => columnsOf(line))) + 2
  return rows.flatMap(([line, text]) =>
    wrapColumns(text, { first: `    ${padColumns(line, column)}`, others: '      ' }),
  )
}
