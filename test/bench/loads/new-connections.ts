/**
 * How long a new connection waits, from the dial to the first byte of the answer, first alone and then while two
 * downloads go as fast as they can.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { LoadResult } from '../sample.ts'
import { runClient, startInBackground } from './client.ts'
import { type Column, latencyColumns, type Load } from './load.ts'

const slower: Column = { header: 'X ALONE', figure: 'p99Ratio', digits: 1 }
/** More than can go through in any run. */
const endless = 1e15
/** Until the downloads have the buffers they want. */
const warmUpMs = 300

export const newConnections: Load = {
  name: 'new-connections-under-bulk',
  description: '200 dials/s, alone (ALONE 99) and during 2 downloads; X ALONE is of the P99',
  protocol: 'TCP',
  columns: [{ header: 'ALONE 99', figure: 'aloneP99Us' }, ...latencyColumns, slower],
  key: slower.header,
  retransmissions: 'reordered',
  async run({ address }, { seconds }): Promise<LoadResult> {
    const task = { ...address('web'), perSecond: 200, seconds }
    const alone = await runClient<LoadResult>('connect-client', { ...task, seconds: seconds / 2 })
    const downloads = { ...address('bulk'), streams: 2, upload: 0, download: endless }
    const bulk = startInBackground('bulk-client', downloads)
    try {
      await delay(warmUpMs)
      const result = await runClient<LoadResult>('connect-client', task)
      const aloneP99Us = alone.latencyUs?.p99 ?? Number.NaN
      const p99Ratio = (result.latencyUs?.p99 ?? Number.NaN) / aloneP99Us
      const errors = alone.errors + result.errors + (bulk.child.exitCode === null ? 0 : 1)
      return { ...result, errors, figures: { aloneP99Us, p99Ratio } }
    } finally {
      await bulk.stop()
    }
  },
}
