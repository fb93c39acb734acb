/** All loads, in the order of the report. */
import { blackHoled } from './black-hole.ts'
import { bulk } from './bulk.ts'
import { connectRequestClose } from './connect-request-close.ts'
import { halfLoad } from './half-load.ts'
import { idleConnections } from './idle-connections.ts'
import { keepAlive } from './keep-alive.ts'
import type { Load } from './load.ts'
import { newConnections } from './new-connections.ts'
import { udpExchanges } from './udp-exchanges.ts'
import { udpOneWay } from './udp-one-way.ts'

export const loads: readonly Load[] = [
  keepAlive(1),
  keepAlive(64),
  keepAlive(1000),
  halfLoad(),
  connectRequestClose,
  newConnections,
  blackHoled,
  bulk({ streams: 1, direction: 'down' }),
  bulk({ streams: 1, direction: 'both' }),
  bulk({ streams: 16, direction: 'down' }),
  bulk({ streams: 16, direction: 'both' }),
  idleConnections(4000),
  udpExchanges(64),
  udpOneWay(30_000),
]
