/** Requests over connections that stay, each with one request at a time, as fast as they are answered. */
import { cpuColumn, type Load, requestColumns } from './load.ts'
import { wrk } from './wrk.ts'

export function keepAlive(connections: number): Load {
  return {
    name: `keep-alive-${connections}`,
    description: `requests over ${connections} kept connection${connections === 1 ? '' : 's'}`,
    protocol: 'TCP',
    columns: requestColumns,
    key: cpuColumn.header,
    run: ({ address }, { seconds }) => wrk(address('web'), { connections, seconds }),
  }
}
