/**
 * LabSide: one lab that a mode carries, the client that asks it, and what came of that.
 *
 * The client is open loop: it sends when it is time, whether or not there was an answer to what it has sent before, up
 * to a bound.
 */
import type { Answer, Lab, LabMode, LabState, PodName, RuleLine, Trace } from '../lab.ts'
import { AnswerCounts } from './answer-counts.ts'
import type { AnswerTally, RuleTable, TrafficClient } from './page-topics.ts'

export interface LabSideOptions {
  readonly lab: Lab
  readonly state: LabState
  /** Told of all answers, also of those that came after something was changed. */
  readonly onAnswers: (mode: LabMode, answers: readonly Answer[]) => void
}

interface HeldConnection {
  readonly id: number
  readonly client: TrafficClient
  pod: PodName | ''
  isAsked: boolean
}

/** How many connections a client that keeps them has. */
const heldCount = 6

/** With so many unanswered, the client waits: of what does not answer, more would tell nothing. */
const mostInFlight = 120

/** So long it waits for each answer, in ms. Less than a second: what the page shows is of now. */
const timeoutMs = 900

/** How many lines of rules are sent to the page. */
const mostRules = 120

export class LabSide {
  readonly lab: Lab
  readonly #onAnswers: LabSideOptions['onAnswers']
  readonly #inFlight = new Set<Promise<unknown>>()
  #state: LabState
  #counts = new AnswerCounts()
  #unanswered = 0
  #held: HeldConnection[] = []
  #packets = new Map<string, number>()

  constructor({ lab, state, onAnswers }: LabSideOptions) {
    this.lab = lab
    this.#state = state
    this.#onAnswers = onAnswers
  }

  get state(): LabState {
    return this.#state
  }

  get mode(): LabMode {
    return this.#state.carriage.mode
  }

  get tally(): AnswerTally {
    return this.#counts.tally(this.#held.flatMap(({ pod }) => (pod === '' ? [] : [pod])))
  }

  async refresh(): Promise<void> {
    this.#state = await this.lab.state()
  }

  /** Counts from zero: from now on, other shares are to be expected. */
  restart(): void {
    this.#counts = new AnswerCounts()
  }

  /** Sends so many. Rejects with what the lab says where it cannot, and never because of an answer. */
  async send(client: TrafficClient, count: number): Promise<void> {
    if (count === 0 || this.#unanswered >= mostInFlight) return
    const sending =
      client === 'new'
        ? this.#ask(count, () => this.lab.request({ count, concurrency: count, timeoutMs }))
        : this.#askHeld(client, count)
    this.#inFlight.add(sending)
    await sending.finally(() => this.#inFlight.delete(sending))
  }

  /** Resolves when all is answered and no connection is kept: what comes next is not mixed with what was before. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#inFlight)
    const held = this.#held
    this.#held = []
    await Promise.allSettled(held.map(({ id }) => this.lab.release(id)))
  }

  /** Its request is not counted: it tells its own story. */
  trace(): Promise<Trace> {
    return this.lab.trace()
  }

  /** Those of the Service, and as many of the others as there is room for, in the order in which they are asked. */
  async rules(): Promise<RuleTable> {
    const all = await this.lab.rules()
    let room = mostRules - all.filter(({ isOfService }) => isOfService).length
    const lines = all.filter(({ isOfService }) => isOfService || room-- > 0)
    const before = this.#packets
    this.#packets = new Map(lines.map((line) => [keyOf(line), line.packets ?? 0]))
    return {
      lines: lines.map((line) => {
        const known = before.get(keyOf(line))
        return { ...line, isMatched: known !== undefined && (line.packets ?? 0) > known }
      }),
      leftOut: all.length - lines.length,
    }
  }

  async close(): Promise<void> {
    await this.lab.close()
    await Promise.allSettled(this.#inFlight)
  }

  async #ask(count: number, ask: () => Promise<readonly Answer[]>): Promise<readonly Answer[]> {
    const { mode } = this
    const counts = this.#counts
    this.#unanswered += count
    try {
      const answers = await ask()
      this.#count(counts, mode, answers)
      return answers
    } finally {
      this.#unanswered -= count
    }
  }

  /** What was sent before a change does not count after it. */
  #count(counts: AnswerCounts, mode: LabMode, answers: readonly Answer[]): void {
    for (const answer of answers) counts.add(answer)
    this.#onAnswers(mode, answers)
  }

  async #askHeld(client: TrafficClient, count: number): Promise<void> {
    await this.#fill(client)
    const free = this.#held.filter((held) => held.client === client && !held.isAsked)
    const asked = free.slice(0, count)
    const perConnection = Math.ceil(count / heldCount)
    // Whoever was asked goes to the end: the next time it is the turn of the others.
    this.#held = [...this.#held.filter((held) => !asked.includes(held)), ...asked]
    await Promise.all(asked.map((held) => this.#askOne(held, perConnection)))
  }

  async #askOne(held: HeldConnection, count: number): Promise<void> {
    held.isAsked = true
    try {
      const answers = await this.#ask(count, () => this.lab.ask(held.id, count))
      const { pod, outcome } = answers.at(-1) as Answer
      held.pod = pod
      if (outcome !== 'ok') await this.#drop(held)
    } finally {
      held.isAsked = false
    }
  }

  async #fill(client: TrafficClient): Promise<void> {
    const others = this.#held.filter((held) => held.client !== client)
    await Promise.all(others.map((held) => this.#drop(held)))
    const protocol = client === 'udp' ? 'UDP' : 'TCP'
    while (this.#held.length < heldCount) {
      const id = await this.lab.hold({ protocol })
      this.#held.push({ id, client, pod: '', isAsked: false })
    }
  }

  async #drop(held: HeldConnection): Promise<void> {
    this.#held = this.#held.filter((other) => other !== held)
    await this.lab.release(held.id)
  }
}

function keyOf({ chain, text }: RuleLine): string {
  return `${chain} ${text}`
}
