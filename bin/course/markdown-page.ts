/**
 * An experiment as a page of the course, in Markdown. What it shows was seen in a run.
 */
import type { CourseText, ExperimentName, ExperimentRecord } from '../../lib/lab/index.ts'
import { fill } from '../../lib/lab/index.ts'
import { seenLine } from './seen-line.ts'
import { letters } from './terminal-page.ts'

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
  const parts = [
    `# ${number}. ${title}`,
    `**${words.question}.** ${question}`,
    `**${words.guess}.**`,
    choices.map((choice, i) => `- ${letters[i]}) ${choice}`).join('\n'),
    `**${words.command}.**`,
    ['```sh', `userspace-proxy course ${number}`, '```'].join('\n'),
    `**${words.see}.** ${words.generated}`,
    ['```text', seen.join('\n\n'), '```'].join('\n'),
    ...skipped.map((part) => fill(words.skipped, { ...part })),
    `**${fill(words.right, { letter: letters[answer] })}.**`,
    `**${words.why}.** ${why}`,
    [
      `| ${words.said} | ${words.saw} |`,
      '| --- | --- |',
      ...errata.map(([said, saw]) => `| ${said} | ${saw} |`),
    ].join('\n'),
    `**${words.next}.** ${next}`,
  ]
  return `${parts.join('\n\n')}\n`
}
