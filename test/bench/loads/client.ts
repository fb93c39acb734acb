/** The programs of ours that are clients: what they are to do is one argument in JSON, and so is what they print. */
import { fileURLToPath } from 'node:url'
import { type RunningProcess, run, start } from '../process.ts'

/** Below all others: what fills a core must not keep from it what measures a time. */
const background = ['nice', '-n', '19']

/** Runs a client to its end, and returns what it printed. */
export async function runClient<Result>(name: string, task: object): Promise<Result> {
  return JSON.parse(await run('others', command(name, task))) as Result
}

export function startClient(name: string, task: object): RunningProcess {
  return start('others', command(name, task))
}

/** A client that is not measured itself, but in the way of one that is. */
export function startInBackground(name: string, task: object): RunningProcess {
  return start('others', [...background, ...command(name, task)])
}

function command(name: string, task: object): string[] {
  const program = fileURLToPath(new URL(`../programs/${name}.mjs`, import.meta.url))
  return [process.execPath, program, JSON.stringify(task)]
}
