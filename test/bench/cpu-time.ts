/**
 * What the operating system says of a process: CPU time of all its threads, and memory.
 *
 * From schedstat, in nanoseconds: user and system together, as in `utime` + `stime` of `stat`, whose ticks of 10 ms
 * are too coarse for runs of a second. A thread that has ended is missing from it; relays here end none while measured.
 */
import { readFileSync, readdirSync } from 'node:fs'

/** User and system time of all threads, in µs. */
export function cpuTimeUs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  const nanoseconds = threads.map((thread) => {
    const [run = ''] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
    return Number(run)
  })
  return nanoseconds.reduce((sum, ns) => sum + ns, 0) / 1000
}

/** Resident memory. */
export function rssBytes(pid: number): number {
  const [, kilobytes = ''] =
    /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}
