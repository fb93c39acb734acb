/**
 * CommandError: why a command ends without having done its work, in one line, with the exit code and what to try.
 */
export class CommandError extends Error {
  /** 1: failed while running; 2: used wrongly. */
  readonly exitCode: 1 | 2
  /** A command to try; `undefined`: the help of the command that failed. */
  readonly hint: string | undefined

  constructor(message: string, options: { exitCode: 1 | 2; hint?: string; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'CommandError'
    this.exitCode = options.exitCode
    this.hint = options.hint
  }
}
