/**
 * `course`: ten experiments of a few minutes each: a question, a guess, what is seen, and why.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CourseText, Lab, LabLevel } from '../../lib/lab/index.ts'
import {
  courseTexts,
  experimentNames,
  languages,
  openLab,
  runExperiment,
} from '../../lib/lab/index.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { contentPage, markdownPage, pageName } from '../course/markdown-page.ts'
import { answerLines, contentLines, questionLines } from '../course/terminal-page.ts'
import { EnterKey } from '../demo/enter-key.ts'
import { Flags } from '../flags.ts'
import { languageFrom, langFlag, levelFlag, levelOf } from '../lab/lab-flags.ts'
import { ownCommand } from '../own-command.ts'
import { StandardOutput } from '../standard-output.ts'
import { stopSignal } from '../stop-signal.ts'

export const courseCommand: Command = {
  command: 'course [number]',
  describe: 'Ten experiments: what a Service is, seen on this machine',
  builder: (yargs) =>
    yargs
      .positional('number', { type: 'string', describe: 'Which one, 1 to 10. Default: list them' })
      .option('level', levelFlag)
      .option('lang', langFlag)
      .option('output', {
        type: 'string',
        requiresArg: true,
        alias: 'o',
        default: 'text',
        describe: 'text, or json: the record',
      })
      .option('write', {
        type: 'string',
        requiresArg: true,
        describe: 'A folder for all pages, in all languages, from a run of all experiments',
      })
      .example('$0 course', 'what there is')
      .example('$0 course 5', 'who retries?')
      .example('$0 course 5 --lang zh-CN', 'in Chinese'),
  handler: async (argv) => {
    const flags = new Flags(argv)
    const level = levelOf(flags)
    const format = flags.oneOf('output', ['text', 'json'])
    const language = languageFrom(flags)
    const options = { text: courseTexts[language], level }
    const output = new StandardOutput()
    if (flags.has('write')) {
      await inLab(options.level, (lab) => writePages(lab, flags.text('write')))
    } else if (flags.has('number')) {
      const number = experimentNumber(flags.text('number'))
      if (format === 'json') {
        await inLab(options.level, async (lab) => {
          output.print(JSON.stringify(await runExperiment(lab, number)))
        })
      } else await teach(output, { ...options, number })
    } else {
      const [, script = ''] = process.argv
      const command = ownCommand({ script, cwd: process.cwd(), env: process.env })
      for (const line of contentLines(options.text, command)) output.print(line)
    }
    await output.flush()
  },
}

interface TeachOptions {
  readonly text: CourseText
  readonly level: LabLevel | undefined
  readonly number: number
}

async function teach(output: StandardOutput, { text, level, number }: TeachOptions): Promise<void> {
  const name = experimentNames[number - 1]
  if (name === undefined) return
  for (const line of questionLines(text, name)) output.print(line)
  if (process.stdin.isTTY) {
    const key = new EnterKey()
    await key.pressed(`  ${text.words.prompt}`, new AbortController().signal)
    key.close()
  }
  await inLab(level, async (lab) => {
    for (const line of answerLines(text, await runExperiment(lab, number))) output.print(line)
  })
}

async function writePages(lab: Lab, folder: string): Promise<void> {
  for (const language of languages) {
    await mkdir(join(folder, language), { recursive: true })
    await writeFile(join(folder, language, 'README.md'), contentPage(courseTexts[language]))
  }
  for (let number = 1; number <= experimentNames.length; number++) {
    const record = await runExperiment(lab, number)
    for (const language of languages) {
      const path = join(folder, language, pageName(number, record.name))
      await writeFile(path, markdownPage(courseTexts[language], record))
    }
  }
}

/** Ctrl-C closes the lab, and what still goes on in it fails: nobody is to hear of that. */
async function inLab(level: LabLevel | undefined, use: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await openLab({ level })
  let isStopped = false
  void stopSignal().then(() => {
    isStopped = true
    process.exitCode = 130
    return lab.close()
  })
  try {
    await use(lab)
  } catch (error) {
    if (!isStopped) throw error
  } finally {
    await lab.close()
  }
}

function experimentNumber(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= experimentNames.length) return number
  throw new CommandError(
    `there is no experiment ${text}; 1 to ${experimentNames.length} would be right`,
    { exitCode: 2 },
  )
}
