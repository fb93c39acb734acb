/** A connection for each request, from 64 clients. The latencies are wrk's: from the request on, without the dial. */
import { cpuColumn, type Load, requestColumns } from './load.ts'
import { wrk } from './wrk.ts'

export const connectRequestClose: Load = {
  name: 'connect-request-close',
  description: 'connections with one request each, from 64 clients',
  protocol: 'TCP',
  columns: requestColumns,
  key: cpuColumn.header,
  run: ({ address }, { seconds }) =>
    wrk(address('web'), { connections: 64, seconds, closes: true }),
}
