/**
 * AnswerCounts: who has answered a client, and what became of the requests that nobody answered.
 */
import type { Answer, PodName } from '../lab.ts'
import type { AnswerTally, FailedOutcome } from './page-topics.ts'

export class AnswerCounts {
  #sent = 0
  #retried = 0
  #seenClient = ''
  readonly #answered: Record<PodName, number> = { 'pod-1': 0, 'pod-2': 0, 'pod-3': 0 }
  readonly #failed: Record<FailedOutcome, number> = {
    refused: 0,
    timeout: 0,
    unreachable: 0,
    closed: 0,
  }

  add({ outcome, pod, seenClient, attempts }: Answer): void {
    this.#sent++
    if (outcome !== 'ok') {
      this.#failed[outcome]++
      return
    }
    if (pod !== '') this.#answered[pod]++
    if (attempts > 1) this.#retried++
    this.#seenClient = seenClient
  }

  /** @param open the pods that connections are open to */
  tally(open: Iterable<PodName>): AnswerTally {
    const counts: Record<PodName, number> = { 'pod-1': 0, 'pod-2': 0, 'pod-3': 0 }
    for (const pod of open) counts[pod]++
    return {
      sent: this.#sent,
      answered: { ...this.#answered },
      failed: { ...this.#failed },
      retried: this.#retried,
      seenClient: this.#seenClient,
      open: counts,
    }
  }
}
