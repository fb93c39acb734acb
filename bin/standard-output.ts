/**
 * StandardOutput: prints lines, and knows when nobody reads them any more (`userspace-proxy run | head -3`).
 *
 * A broken pipe is no fault: a daemon goes on, a command that only prints ends.
 */
import { CommandError } from './command-error.ts'

export class StandardOutput {
  readonly #broken = new AbortController()

  constructor() {
    process.stdout.on('error', (error) => this.#broken.abort(error))
  }

  /** Aborted with Node's error once nothing can be written any more. */
  get broken(): AbortSignal {
    return this.#broken.signal
  }

  print(text: string): void {
    this.write(`${text}\n`)
  }

  /** As it is, without the end of a line. */
  write(text: string): void {
    if (!this.broken.aborted) process.stdout.write(text)
  }

  /** Resolves when all was written. @throws {CommandError} where that failed for another reason than a broken pipe */
  async flush(): Promise<void> {
    if (!this.broken.aborted) await new Promise((resolve) => process.stdout.write('', resolve))
    if (!this.broken.aborted) return
    const error = this.broken.reason as NodeJS.ErrnoException
    if (error.code === 'EPIPE') return
    throw new CommandError(`standard output: ${error.message}`, {
      exitCode: 1,
      hint: 'another place for it',
      cause: error,
    })
  }
}
