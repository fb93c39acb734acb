/**
 * Latency when the relay is not full: requests at half the rate that the slowest relay of the run can do, the same rate
 * for all.
 *
 * wrk knows no rate. 256 connections pause before each request, evenly spread around the mean that makes the rate;
 * its clock for pauses has 1 ms, so requests come in small bursts, for all relays alike. A slow answer delays the next
 * request of its own connection alone, 1 of 256: latencies hide next to nothing of it.
 */
import type { LoadResult } from '../sample.ts'
import { type Load, requestColumns, type Target } from './load.ts'
import { wrk } from './wrk.ts'

const connections = 256

export function halfLoad(): Load {
  let pauseMs = Number.NaN
  return {
    name: 'keep-alive-half-load',
    description: `requests over ${connections} kept connections, at half the rate of the slowest relay`,
    protocol: 'TCP',
    columns: requestColumns,
    key: 'P99.9',
    async prepare(targets: readonly Target[]): Promise<void> {
      const rates: number[] = []
      for (const { address, pid } of targets) {
        if (pid === undefined && targets.length > 1) continue
        const { operations, seconds } = await wrk(address('web'), { connections: 64, seconds: 1 })
        rates.push(operations / seconds)
      }
      // Half a tick late on average, and again on the way.
      pauseMs = (connections / (Math.min(...rates) / 2)) * 1000 - 1
    },
    run: ({ address }, { seconds }): Promise<LoadResult> =>
      wrk(address('web'), { connections, seconds, pauseMs }),
  }
}
