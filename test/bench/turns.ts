/**
 * takeTurns: relays under load at the same time, of whose clients only those of one go on, a tenth of a second each.
 *
 * What else goes on on a machine changes what a connection costs by a tenth from one second to the next. Of turns as short
 * as this all relays get the same, and two processes of one program differ by 1 to 2 per cent. What it cannot tell is how
 * fast they are: a client that stands still takes its time too.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { RunningProcess } from './process.ts'

const turnMs = 100

export interface Taker {
  /** Sends requests for as long as it may, and prints what came of them at a SIGINT. */
  readonly clients: RunningProcess
  /** Its turn begins, the first with number 0. */
  readonly begins?: (turn: number) => void
}

/** Each gets turns of so many seconds altogether; then all clients are told to end. */
export async function takeTurns(takers: readonly Taker[], seconds: number): Promise<void> {
  for (const { clients } of takers) clients.child.kill('SIGSTOP')
  for (let turn = 0; turn < (seconds * 1000) / turnMs; turn++) {
    for (const { clients, begins } of turn % 2 === 0 ? takers : takers.toReversed()) {
      clients.child.kill('SIGCONT')
      begins?.(turn)
      await delay(turnMs)
      clients.child.kill('SIGSTOP')
    }
  }
  for (const { clients } of takers) {
    // In this order: a signal that waits for a process to go on is taken by whichever thread goes on first, and of wrk's
    // the wrong one then ends.
    clients.child.kill('SIGCONT')
    clients.child.kill('SIGINT')
  }
}

/** So many turns are a second. */
export const turnsPerSecond = 1000 / turnMs
