/**
 * An experiment as a page of the course, in Markdown. What it shows was seen in a run.
 */
import type { CourseText, ExperimentName, ExperimentRecord } from '../../lib/lab/index.ts'
import { experimentNames, fill } from '../../lib/lab/index.ts'
import { seenLine } from './seen-line.ts'
import { letters } from './terminal-page.ts'

/** The list of the pages, for who looks at the folder. */
export function contentPage(text: CourseText): string {
  const lines = experimentNames.map((name, i) => {
    return `${i + 1}. [${text.experiments[name].title}](${pageName(i + 1, name)})`
  })
  return `# ${text.words.course}\n\n${lines.join('\n')}\n`
}

/** `03-reading-iptables-save.md` */
export function pageName(number: number, name: ExperimentName): string {
  return `${String(number).padStart(2, '0')}-${name}.md`
}

export function markdownPage(text: CourseText, record: ExperimentRecord): string {
  const { words } = text
  const { number, name, groups, skipped } = record
  const { title, question, choices, answer, why, errata, next } = text.experiments[name]
  const seen = groups.map(({ mode, truth, seen }) =>
    [`# ${fill(words.mode, { mode })}: ${truth}`, ...seen.map((one) => seenLine(text, one))].join(
      '\n',
    ),
  )
  const paragraph = (title: string, text: string): string =>
    fill(words.paragraph, { title, text }).trimEnd()
  const parts = [
    `# ${number}. ${title}`,
    paragraph(words.question, question),
    paragraph(words.guess, ''),
    choices.map((choice, i) => `- ${letters[i]}) ${choice}`).join('\n'),
    paragraph(words.command, ''),
    ['```sh', `userspace-proxy course ${number}`, '```'].join('\n'),
    paragraph(words.see, words.generated),
    ['```text', seen.join('\n\n'), '```'].join('\n'),
    ...skipped.map((part) => fill(words.skipped, { ...part })),
    paragraph(fill(words.right, { letter: letters[answer] }), ''),
    paragraph(words.why, why),
    [
      `| ${words.said} | ${words.saw} |`,
      '| --- | --- |',
      ...errata.map(([said, saw]) => `| ${said} | ${saw} |`),
    ].join('\n'),
    paragraph(words.next, next),
  ]
  return `${parts.join('\n\n')}\n`
}
