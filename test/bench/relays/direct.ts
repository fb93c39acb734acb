/** No relay: what clients and backends can do by themselves on this machine, and the error of the measurement. */
import type { RelayProgram } from './relay.ts'

export const direct: RelayProgram = {
  name: 'direct',
  description: 'no relay, the first endpoint',
  protocols: ['TCP', 'UDP'],
  triesAnotherEndpoint: false,
  version: () => '',
  start: () =>
    Promise.resolve({
      process: undefined,
      address({ name, endpoints: [first] }) {
        if (first === undefined) throw new Error(`${name} has no endpoint`)
        return first
      },
      stop: () => Promise.resolve(),
    }),
}
