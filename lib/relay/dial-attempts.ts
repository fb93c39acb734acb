/**
 * DialAttempts: which endpoint one connection dials next, given those that it has dialled in vain; and what the balancer
 * and the counts are told of each dial.
 *
 * Every endpoint is dialled once before any is dialled twice. One that timed out gets another, longer try; one that
 * refused would refuse again, and costs no try: a hundred that refuse do not hide the one that answers.
 */
import type { ServiceBalancer } from '../balance/service-balancer.ts'
import type { EndpointAddress } from '../model/endpoint.ts'
import type { Counts } from './counts.ts'
import type { FailureReason } from './reasons.ts'
import type { RelayContext } from './relay-context.ts'

export interface DialAttemptsOptions {
  readonly balancer: ServiceBalancer
  readonly context: RelayContext
  readonly counts: Counts
  readonly clientAddress: string
}

const none: readonly EndpointAddress[] = Object.freeze([])

export class DialAttempts {
  readonly balancer: ServiceBalancer
  readonly #options: DialAttemptsOptions
  #tried: readonly EndpointAddress[] = none
  #refused: readonly EndpointAddress[] = none
  #hasTimedOut = false
  #count = 0
  #timeouts = 0
  #beganMs = 0
  #failure: FailureReason = 'no-endpoint'

  constructor(options: DialAttemptsOptions) {
    this.#options = options
    this.balancer = options.balancer
  }

  /** How many there were. */
  get count(): number {
    return this.#count
  }

  /** How many have timed out: the next one may take the time of that place in `dialTimeoutsMs`. */
  get timeouts(): number {
    return this.#timeouts
  }

  /** Why the last one failed: the reason of the connection, where there is no other. */
  get failure(): FailureReason {
    return this.#failure
  }

  /** The endpoint to dial now, or `undefined` where there is none left. */
  next(): EndpointAddress | undefined {
    const { context, counts } = this.#options
    if (this.#timeouts >= context.options.dialTimeoutsMs.length) return undefined
    const target = this.#choose()
    if (target === undefined) return undefined
    if (this.#count++ > 0) counts.dialRetries++
    counts.dialAttempts++
    this.#beganMs = context.now()
    return target
  }

  #choose(): EndpointAddress | undefined {
    const { context, clientAddress } = this.#options
    for (;;) {
      const target = this.balancer.pick(clientAddress, this.#tried)
      if (target === undefined) {
        if (!this.#hasTimedOut) return undefined
        this.#hasTimedOut = false
        this.#tried = this.#refused
        continue
      }
      if (!context.ownListeners.has('TCP', target.address, target.port)) return target
      this.failed(target, 'loop')
    }
  }

  reached(target: EndpointAddress): void {
    const { context, counts, clientAddress } = this.#options
    counts.dialled(context.now() - this.#beganMs)
    this.balancer.reached(clientAddress, target)
  }

  timedOut(target: EndpointAddress): void {
    this.#blame(target)
    this.#failure = 'dial-failed'
    this.#timeouts++
    this.#hasTimedOut = true
    this.#tried = [...this.#tried, target]
  }

  /** Not again in this connection. Only for `dial-failed` the endpoint is to blame. */
  failed(target: EndpointAddress, reason: FailureReason): void {
    if (reason === 'dial-failed') this.#blame(target)
    else this.balancer.released(target)
    this.#failure = reason
    this.#tried = [...this.#tried, target]
    this.#refused = [...this.#refused, target]
  }

  #blame(target: EndpointAddress): void {
    this.balancer.failed(target)
    this.#options.counts.dialFailed(target.key)
  }
}
