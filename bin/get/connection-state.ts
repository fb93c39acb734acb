/** stateOf: the state of a connection in one word, as tables and `--state` have it. */
import type { ConnectionStatus } from '../../lib/index.ts'

export const connectionStates = [
  'dialing',
  'established',
  'client-ended',
  'endpoint-ended',
  'draining',
] as const

/** That it is draining matters more than how far it is; JSON has both. */
export function stateOf({ state, draining }: ConnectionStatus): string {
  return draining === undefined ? state : 'draining'
}
