/**
 * The command line: which commands there are, and what happens to what they throw. Each command is a file of its own.
 */
import type { Argv } from 'yargs'
import yargs from 'yargs'
import { countMistakes } from '../lib/index.ts'
import { prepareArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { CommandError } from './command-error.ts'
import { benchCommand } from './commands/bench.ts'
import { cleanupCommand } from './commands/cleanup.ts'
import { completionCommand } from './commands/completion.ts'
import { courseCommand } from './commands/course.ts'
import { demoCommand } from './commands/demo.ts'
import { doctorCommand } from './commands/doctor.ts'
import { explainCommand } from './commands/explain.ts'
import { getCommand } from './commands/get.ts'
import { helloCommand } from './commands/hello.ts'
import { labCommand } from './commands/lab.ts'
import { manCommand } from './commands/man.ts'
import { renderCommand } from './commands/render.ts'
import { rulesCommand } from './commands/rules.ts'
import { runCommand } from './commands/run.ts'
import { validateCommand } from './commands/validate.ts'
import { versionCommand } from './commands/version.ts'
import { leaveKeeper } from './keeper/kept.ts'
import { packageVersion } from './package-version.ts'
import { reportError } from './report-error.ts'

/** In the order of the help. */
export const commands: readonly Command[] = [
  helloCommand,
  demoCommand,
  courseCommand,
  labCommand,
  benchCommand,
  runCommand,
  getCommand,
  explainCommand,
  rulesCommand,
  renderCommand,
  validateCommand,
  doctorCommand,
  cleanupCommand,
  versionCommand,
  completionCommand(() => commands),
  manCommand(() => commands),
]

/** Runs one command. Sets `process.exitCode` and never rejects; the process ends when nothing is open any more. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  try {
    // A newcomer's first word opens no port.
    await parser(args.length === 0 ? ['--help'] : prepareArguments(args)).parseAsync()
  } catch (error) {
    const report = reportError(error, {
      command: commandOf(args),
      isDebug: args.includes('--debug'),
    })
    for (const line of report.lines) process.stderr.write(`${line}\n`)
    process.exitCode = report.exitCode
  } finally {
    leaveKeeper()
  }
}

function parser(args: readonly string[]) {
  const program = yargs(args)
  return program
    .scriptName('userspace-proxy')
    .usage('$0 <command>\n\nA userspace TCP/UDP proxy for Kubernetes Services.')
    .command([...commands])
    .option('debug', { type: 'boolean', describe: 'Show the stack of an error' })
    .example('$0 hello', 'the first contact: two Services on this machine')
    .version(packageVersion())
    .help()
    .alias('help', 'h')
    .group(['help', 'version', 'debug'], 'Everywhere:')
    .strict()
    .recommendCommands()
    .demandCommand(1, 'no command is given')
    .check(({ _: [, extra] }) => {
      if (extra === undefined) return true
      throw new CommandError(`there is no command, flag or argument ${extra}`, { exitCode: 2 })
    })
    .locale('en')
    .updateStrings(messages as Record<string, string>)
    .parserConfiguration({
      'camel-case-expansion': false,
      'boolean-negation': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .wrap(80)
    .exitProcess(false)
    .fail((message: string | null, error?: Error) => {
      // What yargs itself finds wrong comes as a message, a YError or both.
      if (error !== undefined && error.name !== 'YError') throw error
      const what = withFlags(message ?? error?.message ?? '', program)
      // It says `o needs a value` where `-o` was typed, and our sentence puts two dashes before it.
      throw new CommandError(what.replace(/^--(?=. )/, '-'), { exitCode: 2 })
    })
}

/** A sentence on words that yargs does not know, with the flags that may have been meant; any other as it is. */
function withFlags(message: string, program: Argv): string {
  const [, words = ''] = /^there (?:is|are) no .+? arguments? (.+)$/.exec(message) ?? []
  // Those of the command that was typed. The types of yargs do not know that it tells them.
  const { key } = (program as unknown as { getOptions(): { key: object } }).getOptions()
  const meant = words.split(', ').flatMap((word) => nearest(word, Object.keys(key)) ?? [])
  return meant.length === 0 ? message : `${message}; did you mean --${meant.join(' and --')}?`
}

function nearest(word: string, names: readonly string[]): string | undefined {
  const mistakes = (name: string): number => countMistakes(word, name) ?? Number.POSITIVE_INFINITY
  const [first] = names.toSorted((a, b) => mistakes(a) - mistakes(b))
  return first !== undefined && Number.isFinite(mistakes(first)) ? first : undefined
}

/**
 * yargs' own sentences, as ours are: no capital, no full stop. The types of `updateStrings` know nothing of plurals; its
 * code does.
 */
const messages: Readonly<Record<string, string | { one: string; other: string }>> = {
  'Unknown argument: %s': {
    one: 'there is no command, flag or argument %s',
    other: 'there are no commands, flags or arguments %s',
  },
  'Missing required argument: %s': { one: '--%s is missing', other: '--%s are missing' },
  'Not enough arguments following: %s': '--%s needs a value',
  'Did you mean %s?': 'there is no such command; did you mean %s?',
}

/** `userspace-proxy run`, or `userspace-proxy` where no command can be made out. */
function commandOf([first]: readonly string[]): string {
  const isCommand = commands.some(({ command }) => command.split(' ')[0] === first)
  return isCommand ? `userspace-proxy ${first}` : 'userspace-proxy'
}
