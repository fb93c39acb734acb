/**
 * What is said on stderr about a command that failed, and its exit code.
 */
import { CommandError } from './command-error.ts'
import type { ErrorCode } from '../lib/index.ts'
import { ProxyError } from '../lib/index.ts'

export interface ErrorReport {
  readonly lines: readonly string[]
  readonly exitCode: 1 | 2
}

export interface ErrorReportOptions {
  /** The command that failed, for a hint: `userspace-proxy run`. */
  readonly command: string
  /** Whether to add the stack and what caused the error. */
  readonly isDebug: boolean
}

/** What the user gave was wrong; all other codes are failures of the running program. */
const wrongUse: ReadonlySet<ErrorCode> = new Set([
  'ERR_INVALID_OPTION',
  'ERR_INVALID_OBJECT',
  'ERR_INVALID_MANIFEST',
  'ERR_SOURCE',
  'ERR_CONNECTION_LOG',
])

/** One line for each thing that is wrong: `error: <what>. try: <command>`. */
export function reportError(error: unknown, { command, isDebug }: ErrorReportOptions): ErrorReport {
  const { lines, exitCode } = describe(error, command)
  return isDebug && error instanceof Error
    ? { lines: [...lines, ...causes(error)], exitCode }
    : { lines, exitCode }
}

function describe(error: unknown, command: string): ErrorReport {
  if (error instanceof CommandError) {
    const hint = error.hint ?? `${command} --help`
    const what = error.message.endsWith('?') ? error.message : `${error.message}.`
    return { lines: [`error: ${what} try: ${hint}`], exitCode: error.exitCode }
  }
  if (error instanceof ProxyError) {
    const exitCode = wrongUse.has(error.code) ? 2 : 1
    // A source names all that it has found, a line for each problem.
    return { lines: error.message.split('\n').map((line) => `error: ${line}`), exitCode }
  }
  const what = error instanceof Error ? error.message : String(error)
  return { lines: [`error: unexpected: ${what}. try: the same with --debug`], exitCode: 1 }
}

function causes(error: Error): string[] {
  const stack = (error.stack ?? error.message).split('\n')
  return error.cause instanceof Error ? [...stack, 'caused by:', ...causes(error.cause)] : stack
}
