/** Datagrams there and back, 16 clients with one each on its way. */
import type { LoadResult } from '../sample.ts'
import { runClient } from './client.ts'
import { cpuColumn, type Load, requestColumns } from './load.ts'

const clients = 16

export function udpExchanges(size: number): Load {
  return {
    name: `udp-exchanges-${size}`,
    description: `exchanges of ${size} bytes, ${clients} clients, the next after the answer`,
    protocol: 'UDP',
    columns: requestColumns,
    key: cpuColumn.header,
    run: ({ address }, { seconds }) =>
      runClient<LoadResult>('udp-exchange-client', {
        ...address('udp-echo'),
        clients,
        size,
        seconds,
      }),
  }
}
