/** All relays, in the order of the report. */
import { direct } from './direct.ts'
import { haproxy } from './haproxy.ts'
import { nginx } from './nginx.ts'
import { observed, ours } from './ours.ts'
import { plain } from './plain.ts'
import type { RelayProgram } from './relay.ts'

export const relayPrograms: readonly RelayProgram[] = [
  direct,
  haproxy,
  nginx,
  plain,
  ours,
  observed,
]
