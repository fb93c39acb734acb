/**
 * createCommandRunner: runs one command of the system, without a shell, with limits.
 *
 * The only place of the portal binders that starts a process. It knows nothing of iptables or routes; tests put a
 * function of their own in its place, or one that enters a network namespace first.
 */
import { execFile } from 'node:child_process'

/** How a command ended that ran to its end. */
export interface CommandResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs `command` with `args`, writes `input` to its standard input and collects what it prints.
 *
 * Rejects with Node's own error where the command did not run to its end: not installed (`ENOENT`), ended by a signal,
 * out of time, or too much output.
 */
export type RunCommand = (
  command: string,
  args: readonly string[],
  input?: string,
) => Promise<CommandResult>

export interface CommandRunnerOptions {
  /** Where commands are looked for, as in `PATH`. Default: the places that distributions use for root. */
  readonly path?: string
  /** Longer than any wait for a lock. Default 60,000. */
  readonly timeoutMs?: number
  /** Of each of both outputs; 5,000 Services print 2 MB. Default 256 MiB. */
  readonly maxOutputBytes?: number
}

const defaultPath =
  '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin'

/** Returns a `RunCommand` that starts real processes. */
export function createCommandRunner(options: CommandRunnerOptions = {}): RunCommand {
  // Only these two: LD_PRELOAD, XTABLES_LIBDIR and their like have no business in a process that runs as root, and
  // messages that are told apart by their text must be English.
  const env = { PATH: options.path ?? defaultPath, LC_ALL: 'C' }
  const timeout = options.timeoutMs ?? 60_000
  const maxBuffer = options.maxOutputBytes ?? 256 * 1024 * 1024
  return (command, args, input = '') =>
    new Promise((resolve, reject) => {
      const limits = { timeout, maxBuffer, killSignal: 'SIGKILL' } as const
      const child = execFile(command, args, { env, ...limits }, (error, stdout, stderr) => {
        if (error === null) resolve({ exitCode: 0, stdout, stderr })
        else if (typeof error.code === 'number') resolve({ exitCode: error.code, stdout, stderr })
        else reject(error)
      })
      // A command that ends before it has read all of its input breaks the pipe; its exit code says why.
      child.stdin?.on('error', () => {})
      child.stdin?.end(input)
    })
}
