/** What is told of every connection and flow that was turned away before anything was done for it. */
import type { ConnectionInfo } from './data-plane.ts'

type Told = 'endpoint' | 'state' | 'attempts' | 'ageMs' | 'bytesFromClient' | 'bytesFromEndpoint'

export const neverOpened: Pick<ConnectionInfo, Told> = Object.freeze({
  endpoint: '',
  state: 'closed',
  attempts: 0,
  ageMs: 0,
  bytesFromClient: 0,
  bytesFromEndpoint: 0,
})
