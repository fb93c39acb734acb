/**
 * LabSession: the lab as the page drives it. It keeps traffic going, does what the page asks for, one thing at a time,
 * and puts all that is to be seen on a board.
 *
 * Two modes are compared in two labs: only so they carry the same stream of requests at the same time. One lab that is
 * switched to and fro would show each mode half of it, and every switch its own disturbance.
 *
 * Nothing is sent while nobody looks.
 */
import type { Answer, Lab, LabMode, LabState } from '../lab.ts'
import { answerNews } from './answer-news.ts'
import { LabSide } from './lab-side.ts'
import { LatencyHistograms } from './latency-histograms.ts'
import type { PageCommand } from './page-command.ts'
import type {
  AnswerTally,
  RuleTable,
  TimelineEvent,
  TrafficClient,
  TrafficState,
} from './page-topics.ts'
import { makeAlike } from './make-alike.ts'
import type { SideChange } from './side-change.ts'
import { sideChange } from './side-change.ts'
import { Timeline } from './timeline.ts'
import { TopicBoard } from './topic-board.ts'
import { TrafficLoop } from './traffic-loop.ts'

export interface LabSessionOptions {
  readonly lab: Lab
  /** Opens one of the same kind, to be compared with. */
  readonly openOther: () => Promise<Lab>
  /** ms since 1970. */
  readonly now: () => number
}

/** How often rules are read: it is a process each time. */
const ticksPerReading = 16

/** No more at once than a client would have open. */
const mostAtOnce = 12

export class LabSession {
  readonly board = new TopicBoard()
  readonly #options: LabSessionOptions
  readonly #timeline: Timeline
  readonly #latencies = new LatencyHistograms()
  #sides: LabSide[] = []
  readonly #traffic = new TrafficLoop((client, count) => this.#onTick(client, count))
  #ticks = 0
  #queue: Promise<unknown> = Promise.resolve()
  #isReading = false
  #isClosed = false

  constructor(options: LabSessionOptions) {
    this.#options = options
    this.#timeline = new Timeline(options.now)
  }

  /** Of the first side. */
  get state(): LabState {
    return this.#first.state
  }

  /** Of the first side. */
  get tally(): AnswerTally {
    return this.#first.tally
  }

  async start(): Promise<void> {
    const { lab } = this.#options
    // The one that needs telling: what the first mode of Kubernetes did.
    await lab.setMode('userspace')
    this.#sides = [await this.#side(lab)]
    this.board.set('description', lab.description)
    this.#add({ kind: 'opened' })
    this.#changeTraffic({})
    await this.#traceAnew()
    await this.#showSides()
  }

  /** Somebody looks, until the function that is returned is called. */
  watch(): () => void {
    return this.#traffic.watch()
  }

  /** Sends what is due. Called by a timer while somebody looks. */
  tick(): void {
    this.#traffic.tick()
  }

  /** Does it when what was asked for before is done. Rejects where the lab cannot, and says why on the timeline. */
  do(command: PageCommand): Promise<void> {
    const done = this.#queue.then(async () => {
      if (this.#isClosed) return
      try {
        await this.#do(command)
      } catch (error) {
        this.#add({ kind: 'problem', text: (error as Error).message })
        throw error
      } finally {
        this.#traffic.release()
        await this.#showSides()
      }
    })
    this.#queue = done.catch(() => {})
    return done
  }

  /** Ends the labs too. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#traffic.stop()
    await this.#queue
    await Promise.all([this.#options.lab.close(), ...this.#sides.map((side) => side.close())])
  }

  async #do(command: PageCommand): Promise<void> {
    switch (command.name) {
      case 'mode':
        return this.#setMode(command.side, command.mode)
      case 'compare':
        return command.isOn ? this.#compare() : this.#compareNoMore()
      case 'condition':
      case 'ready':
      case 'listed':
      case 'affinity':
      case 'scheduler':
        return this.#change(sideChange(command))
      case 'services':
        // Thousands of rules are replaced: what is sent meanwhile would tell of that, and not of a mode.
        await this.#settle()
        return this.#change(sideChange(command))
      case 'client':
        await this.#settle()
        this.#changeTraffic({ client: command.client })
        // What a new connection costs and what one that is open costs are two stories.
        this.#latencies.clear()
        return this.#change({
          event: { kind: 'client', client: command.client },
          apply: () => Promise.resolve(),
        })
      case 'play':
      case 'rate': {
        const { name: _, ...change } = command
        return this.#changeTraffic(change)
      }
      case 'send':
        return this.#sendNow(command.count)
      case 'trace':
        this.board.set('traces', await Promise.all(this.#sides.map((side) => side.trace())))
        return
      case 'clear':
        this.#latencies.clear()
        this.board.set('latency', [])
        for (const side of this.#sides) side.restart()
        this.#add({ kind: 'cleared' })
    }
  }

  /** Does the same to each side while traffic goes on, and counts from zero. */
  async #change({ event, apply }: SideChange): Promise<void> {
    for (const side of this.#sides) side.restart()
    this.#add(event)
    await Promise.all(this.#sides.map(({ lab }) => apply(lab)))
  }

  async #setMode(index: number, mode: LabMode): Promise<void> {
    const side = this.#sides[index]
    if (side === undefined || side.mode === mode) return
    await this.#settle()
    const { installMs } = await side.lab.setMode(mode)
    side.restart()
    this.#add({ kind: 'mode', mode, installMs })
    await this.#traceAnew()
  }

  /** The other side is as this one is, but carried by another mode. */
  async #compare(): Promise<void> {
    const [side] = this.#sides
    if (side === undefined || this.#sides.length > 1) return
    const lab = await this.#options.openOther()
    const mode = side.mode === 'userspace' ? 'iptables' : 'userspace'
    let installMs: number | undefined
    try {
      installMs = (await makeAlike(lab, side.state, mode)).installMs
    } catch (error) {
      await lab.close()
      throw error
    }
    await this.#settle()
    side.restart()
    this.#sides = [side, await this.#side(lab)]
    this.#add({ kind: 'compared', mode, installMs })
    await this.#traceAnew()
  }

  async #compareNoMore(): Promise<void> {
    const [side, other] = this.#sides
    if (side === undefined || other === undefined) return
    await this.#settle()
    this.#sides = [side]
    await other.close()
    this.#add({ kind: 'compareEnded' })
    await this.#traceAnew()
  }

  get #first(): LabSide {
    const [side] = this.#sides
    if (side === undefined) throw new Error('the session has not been started')
    return side
  }

  /** From now until the command is done nothing is sent. */
  async #settle(): Promise<void> {
    this.#traffic.hold()
    await Promise.all(this.#sides.map((side) => side.settle()))
  }

  async #side(lab: Lab): Promise<LabSide> {
    return new LabSide({
      lab,
      state: await lab.state(),
      onAnswers: (mode, answers) => this.#onAnswers(mode, answers),
    })
  }

  async #sendNow(count: number): Promise<void> {
    for (let left = count; left > 0; left -= mostAtOnce) {
      await this.#send(this.#traffic.state.client, Math.min(left, mostAtOnce))
    }
    await this.#readRules()
  }

  #onTick(client: TrafficClient, count: number): void {
    if (this.#isClosed) return
    void this.#send(client, count)
    if (this.#ticks++ % ticksPerReading === 0) void this.#readRules()
  }

  async #send(client: TrafficClient, count: number): Promise<void> {
    try {
      await Promise.all(this.#sides.map((side) => side.send(client, count)))
    } catch (error) {
      if (this.#isClosed) return
      this.#add({ kind: 'problem', text: (error as Error).message })
      // What cannot be done is not tried again and again.
      this.#changeTraffic(client === 'new' ? { isOn: false } : { client: 'new' })
    }
    this.#showTallies()
  }

  #onAnswers(mode: LabMode, answers: readonly Answer[]): void {
    this.#latencies.add(mode, answers)
    const news = answerNews(answers)
    for (const [kind, count] of news) this.#timeline.count(kind, mode, count)
    if (news.length > 0) this.board.set('timeline', this.#timeline.entries)
  }

  async #readRules(): Promise<void> {
    if (this.#isReading || this.#isClosed) return
    this.#isReading = true
    try {
      const tables: RuleTable[] = await Promise.all(this.#sides.map((side) => side.rules()))
      this.board.set('rules', tables)
    } catch {
      // Rules that cannot be read at this moment, because they are being replaced, are read at the next.
    } finally {
      this.#isReading = false
    }
  }

  async #showSides(): Promise<void> {
    await Promise.all(this.#sides.map((side) => side.refresh()))
    this.board.set(
      'sides',
      this.#sides.map(({ state }) => state),
    )
    this.#showTallies()
    await this.#readRules()
  }

  #showTallies(): void {
    this.board.set(
      'tallies',
      this.#sides.map(({ tally }) => tally),
    )
    this.board.set('latency', this.#latencies.tallies())
  }

  #changeTraffic(change: Partial<TrafficState>): void {
    this.#traffic.change(change)
    this.board.set('traffic', this.#traffic.state)
  }

  /** A way that belongs to another mode is not left standing. Where there is none to be had there is none. */
  async #traceAnew(): Promise<void> {
    const tracing = this.#sides.map((side) => side.trace().catch(() => null))
    this.board.set('traces', await Promise.all(tracing))
  }

  #add(event: TimelineEvent): void {
    this.#timeline.add(event)
    this.board.set('timeline', this.#timeline.entries)
  }
}
