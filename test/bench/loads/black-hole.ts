/** One of three endpoints answers no SYN: the rate of connections beside that of three healthy ones, in the same run. */
import type { LoadResult } from '../sample.ts'
import { type Column, latencyColumns, type Load, rateColumn } from './load.ts'
import { wrk } from './wrk.ts'

const share: Column = { header: '% OF HEALTHY', figure: 'healthyShare', scale: 100, digits: 1 }

export const blackHoled: Load = {
  name: 'black-hole',
  description: 'connect, request, close with 1 of 3 endpoints black-holed, 32 clients',
  protocol: 'TCP',
  columns: [rateColumn, ...latencyColumns, share],
  key: share.header,
  hasDeadEndpoint: true,
  retransmissions: 'any',
  async run({ address }, { seconds }): Promise<LoadResult> {
    const options = { connections: 32, seconds, closes: true }
    const healthy = await wrk(address('web'), options)
    const result = await wrk(address('web-black-hole'), options)
    const rate = result.operations / result.seconds
    const healthyShare = rate / (healthy.operations / healthy.seconds)
    return { ...result, errors: healthy.errors + result.errors, figures: { healthyShare } }
  },
}
