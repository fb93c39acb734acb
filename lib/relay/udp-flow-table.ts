/**
 * UdpFlowTable: the flows of one ServicePort in the order of their last datagram.
 *
 * A doubly linked list through the flows themselves: a datagram moves its flow to the end with a few pointer writes, the
 * head is always the one idle for longest, and one timer serves all.
 */
import type { UdpFlow } from './udp-flow.ts'

export class UdpFlowTable {
  readonly #timeoutMs: number
  readonly #now: () => number
  #oldest: UdpFlow | undefined
  #newest: UdpFlow | undefined
  #timer: NodeJS.Timeout | undefined
  #size = 0

  constructor(options: { timeoutMs: number; now: () => number }) {
    this.#timeoutMs = options.timeoutMs
    this.#now = options.now
  }

  get size(): number {
    return this.#size
  }

  /** The flow idle for longest. */
  get oldest(): UdpFlow | undefined {
    return this.#oldest
  }

  add(flow: UdpFlow): void {
    this.#append(flow)
    this.#size++
    this.#timer ??= setTimeout(this.#expire, this.#timeoutMs).unref()
  }

  /** Notes a datagram of the flow. */
  touch(flow: UdpFlow): void {
    if (flow === this.#newest) flow.lastActiveMs = this.#now()
    else {
      this.#unlink(flow)
      this.#append(flow)
    }
  }

  delete(flow: UdpFlow): void {
    this.#unlink(flow)
    this.#size--
    if (this.#size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  *[Symbol.iterator](): Iterator<UdpFlow> {
    for (let flow = this.#oldest; flow !== undefined;) {
      const { newer } = flow // read first: the loop's body may end the flow
      yield flow
      flow = newer
    }
  }

  #append(flow: UdpFlow): void {
    flow.lastActiveMs = this.#now()
    flow.older = this.#newest
    flow.newer = undefined
    if (this.#newest) this.#newest.newer = flow
    else this.#oldest = flow
    this.#newest = flow
  }

  #unlink(flow: UdpFlow): void {
    if (flow.older) flow.older.newer = flow.newer
    else this.#oldest = flow.newer
    if (flow.newer) flow.newer.older = flow.older
    else this.#newest = flow.older
    // What is old is collected late, and would keep all that it points to; see `LinkedList`.
    flow.older = flow.newer = undefined
  }

  readonly #expire = (): void => {
    this.#timer = undefined
    while (this.#oldest) {
      const leftMs = this.#oldest.lastActiveMs + this.#timeoutMs - this.#now()
      if (leftMs > 0) {
        this.#timer = setTimeout(this.#expire, Math.ceil(leftMs)).unref()
        return
      }
      this.#oldest.close('idle')
    }
  }
}
