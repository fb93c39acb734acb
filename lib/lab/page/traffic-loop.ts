/**
 * TrafficLoop: when requests are due. Nothing is sent while nobody looks, while it is off, or while it is held.
 */
import type { TrafficClient, TrafficState } from './page-topics.ts'

/** How often requests are sent, in ms: so that few are sent at once, and do not wait for each other. */
const tickMs = 50

export class TrafficLoop {
  readonly #send: (client: TrafficClient, count: number) => void
  #state: TrafficState = { isOn: true, rate: 20, client: 'new' }
  #watchers = 0
  #timer: NodeJS.Timeout | undefined
  /** Parts of a request that the ticks so far have left over. */
  #due = 0
  #isHeld = false

  /** @param send called at each tick, also where nothing is due yet */
  constructor(send: (client: TrafficClient, count: number) => void) {
    this.#send = send
  }

  get state(): TrafficState {
    return this.#state
  }

  change(change: Partial<TrafficState>): void {
    this.#state = { ...this.#state, ...change }
  }

  /** Somebody looks, until the function that is returned is called. */
  watch(): () => void {
    this.#watchers++
    this.#timer ??= setInterval(() => this.tick(), tickMs)
    return () => {
      if (--this.#watchers === 0) this.stop()
    }
  }

  /** Sends what is due. Called by its own timer. */
  tick(): void {
    const { isOn, rate, client } = this.#state
    if (!isOn || this.#isHeld) return
    this.#due += (rate * tickMs) / 1000
    const count = Math.floor(this.#due)
    this.#due -= count
    this.#send(client, count)
  }

  hold(): void {
    this.#isHeld = true
  }

  release(): void {
    this.#isHeld = false
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
