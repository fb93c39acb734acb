/**
 * DialAttempts: which endpoint one connection dials next, given those that it has dialled in vain.
 *
 * Every endpoint is dialled once before any is dialled twice. One that timed out gets another, longer try; one that
 * refused would refuse again, and costs no try: a hundred that refuse do not hide the one that answers.
 */
import type { ServiceBalancer } from '../balance/service-balancer.ts'
import type { EndpointAddress } from '../model/endpoint.ts'
import type { FailureReason } from './reasons.ts'
import type { RelayContext } from './relay-context.ts'

export interface DialAttemptsOptions {
  readonly balancer: ServiceBalancer
  readonly context: RelayContext
  readonly clientAddress: string
}

const none: readonly EndpointAddress[] = Object.freeze([])

export class DialAttempts {
  readonly balancer: ServiceBalancer
  readonly #options: DialAttemptsOptions
  #tried: readonly EndpointAddress[] = none
  #refused: readonly EndpointAddress[] = none
  #hasTimedOut = false
  #timeouts = 0
  #failure: FailureReason = 'no-endpoint'

  constructor(options: DialAttemptsOptions) {
    this.#options = options
    this.balancer = options.balancer
  }

  /** How many dials have timed out: the next one may take the time of that place in `dialTimeoutsMs`. */
  get timeouts(): number {
    return this.#timeouts
  }

  /** Why the last one failed: the reason of the connection, where there is no other. */
  get failure(): FailureReason {
    return this.#failure
  }

  /** The endpoint to dial now, or `undefined` where there is none left. */
  next(): EndpointAddress | undefined {
    const { context, clientAddress } = this.#options
    if (this.#timeouts >= context.options.dialTimeoutsMs.length) return undefined
    for (;;) {
      const target = this.balancer.pick(clientAddress, this.#tried)
      if (target === undefined) {
        if (!this.#hasTimedOut) return undefined
        this.#hasTimedOut = false
        this.#tried = this.#refused
        continue
      }
      if (!context.ownListeners.has('TCP', target.address, target.port)) return target
      this.balancer.released(target)
      this.failed(target, 'loop')
    }
  }

  timedOut(target: EndpointAddress): void {
    this.#failure = 'dial-failed'
    this.#timeouts++
    this.#hasTimedOut = true
    this.#tried = [...this.#tried, target]
  }

  /** Not again in this connection. */
  failed(target: EndpointAddress, reason: FailureReason): void {
    this.#failure = reason
    this.#tried = [...this.#tried, target]
    this.#refused = [...this.#refused, target]
  }
}
