/** What the machine was, and what ran on it. */
import { readFileSync } from 'node:fs'
import { arch, cpus, loadavg, release, totalmem, type } from 'node:os'
import { describeCores } from './cores.ts'
import { installed } from './relays/installed.ts'

export interface Machine {
  readonly date: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGB: number
  readonly system: string
  readonly node: string
  readonly wrk: string
  /** Which process ran on which core. */
  readonly pinning: string
  /** Processes that wanted a core, over the last minute, as the bench began. Near 0, or others were at work. */
  readonly loadAverage: number
}

export function describeMachine(): Machine {
  const all = cpus()
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' ').concat(' UTC'),
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGB: Math.round(totalmem() / 1e9),
    system: `${distribution()}, ${type()} ${release()} ${arch()}`,
    node: process.versions.node,
    wrk: installed('wrk', '-v') ?? 'none',
    pinning: describeCores(),
    loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  }
}

function distribution(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? ''
  } catch {
    return 'unknown distribution'
  }
}
