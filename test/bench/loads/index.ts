/** All loads, in the order of the report. */
import { connectRequestClose } from './connect-request-close.ts'
import { keepAlive } from './keep-alive.ts'
import type { Load } from './load.ts'

export const loads: readonly Load[] = [
  keepAlive(1),
  keepAlive(64),
  keepAlive(1000),
  connectRequestClose,
]
