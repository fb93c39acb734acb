/** One run of a load through a relay, with what the operating system says of it. */
import { setTimeout as delay } from 'node:timers/promises'
import { cpuTimeUs, rssBytes } from './cpu-time.ts'
import { tcpCounters } from './kernel-counters.ts'
import type { Load, RunOptions, Target } from './loads/load.ts'
import type { Sample } from './sample.ts'

/** What a relay still does once the last client is gone, like closing its side. */
const settleMs = 50

export async function measure(load: Load, target: Target, options: RunOptions): Promise<Sample> {
  const { pid } = target
  const cpu = (): number => (pid === undefined ? 0 : cpuTimeUs(pid))
  const before = tcpCounters()
  const cpuBefore = cpu()
  const { operations, seconds, errors, latencyUs, figures } = await load.run(target, options)
  await delay(settleMs)
  const after = tcpCounters()
  return {
    figures: {
      rate: operations / seconds,
      cpuUs: (cpu() - cpuBefore) / operations,
      rssBytes: pid === undefined ? 0 : rssBytes(pid),
      ...(latencyUs && { p50Us: latencyUs.p50, p99Us: latencyUs.p99, p999Us: latencyUs.p999 }),
      ...figures,
    },
    errors,
    retransmissions: after.retransmissions - before.retransmissions,
    timeouts: after.timeouts - before.timeouts,
  }
}
