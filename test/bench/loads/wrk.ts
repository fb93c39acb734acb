/** wrk, one thread: how it is started, and what it prints. */
import { fileURLToPath } from 'node:url'
import { type RunningProcess, start } from '../process.ts'
import type { LoadResult } from '../sample.ts'
import type { Endpoint } from '../services.ts'

export interface WrkOptions {
  readonly connections: number
  readonly seconds: number
  /** A connection for each request. */
  readonly closes?: boolean
  /** Mean pause of each connection before a request. Default: none. */
  readonly pauseMs?: number
}

export async function wrk(endpoint: Endpoint, options: WrkOptions): Promise<LoadResult> {
  return parseWrk(await startWrk(endpoint, options).output)
}

/** What it prints is for `parseWrk`. */
export function startWrk({ ip, port }: Endpoint, options: WrkOptions): RunningProcess {
  const { connections, seconds, closes = false, pauseMs } = options
  const script = pauseMs === undefined ? 'wrk.lua' : 'wrk-paced.lua'
  return start('others', [
    'wrk',
    '--threads=1',
    `--connections=${connections}`,
    // It takes whole seconds.
    `--duration=${Math.max(1, Math.round(seconds))}`,
    `--script=${fileURLToPath(new URL(script, import.meta.url))}`,
    ...(closes ? ['--header=Connection: close'] : []),
    `http://${ip}:${port}/`,
    ...(pauseMs === undefined ? [] : [String(pauseMs)]),
  ])
}

/** @throws {Error} where there is no result in it. */
export function parseWrk(output: string): LoadResult {
  const line = output.split('\n').find((line) => line.startsWith('{'))
  if (line === undefined) throw new Error(`wrk printed no result: ${output}`)
  const { requests, seconds, errors, p50, p99, p999 } = JSON.parse(line) as Record<string, number>
  return {
    operations: requests ?? Number.NaN,
    seconds: seconds ?? Number.NaN,
    errors: errors ?? Number.NaN,
    latencyUs: { p50: p50 ?? Number.NaN, p99: p99 ?? Number.NaN, p999: p999 ?? Number.NaN },
  }
}
