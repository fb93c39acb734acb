/**
 * Processes of the bench: relays, backends, clients. All end with this one; each is on the cores of its side.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { onCores, type Side } from './cores.ts'

export interface RunningProcess {
  readonly pid: number
  readonly child: ChildProcess
  /** Its whole standard output, once it has ended well. Rejects where it ends otherwise. */
  readonly output: Promise<string>
  /** Resolves with the first piece of standard output. Rejects where it ends before. */
  ready(): Promise<string>
  stop(): Promise<void>
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** `command` is a program and its arguments. */
export function start(side: Side, command: readonly string[]): RunningProcess {
  const [file = '', ...args] = onCores(side, command)
  const env = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C' }
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], env })
  running.add(child)
  child.stdin.on('error', () => {})
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const output = closed.then(([code, signal]) => {
    running.delete(child)
    if (code === 0) return stdout
    throw new Error(
      `${command.join(' ').slice(0, 200)} ended with ${code ?? signal}: ${stderr}${stdout}`,
    )
  })
  output.catch(() => {})
  return {
    pid: child.pid ?? 0,
    child,
    output,
    ready: () =>
      Promise.race([once(child.stdout, 'data').then(() => stdout), output.then(unexpectedEnd)]),
    async stop() {
      child.kill('SIGKILL')
      await output.catch(() => {})
    },
  }
}

function unexpectedEnd(): never {
  throw new Error('ended before it was ready')
}

/** Runs to the end, and returns what it printed. */
export async function run(side: Side, command: readonly string[]): Promise<string> {
  return start(side, command).output
}
