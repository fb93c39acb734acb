/**
 * ServiceBalancer: chooses the endpoint of each dial of one proxy socket. It joins the scheduler, the affinity pins
 * and the deferral of endpoints that do not answer.
 *
 * Knows no sockets: the proxy socket asks `pick` before each dial and tells with exactly one of `reached`, `failed`
 * and `released` how it ended. Mirrors LoadBalancerRR (kubernetes v1.25 pkg/proxy/userspace/roundrobin.go), which
 * had no memory of failures and lost the policy with the endpoints.
 */
import type { EndpointAddress } from '../model/endpoint.ts'
import type { SessionAffinity } from '../model/objects.ts'
import { Deferral } from './deferral.ts'
import type { LoadBalancer } from './load-balancer.ts'
import { AffinityPins } from './session-affinity.ts'

export interface ServiceBalancerOptions {
  readonly loadBalancer: LoadBalancer
  readonly affinity: SessionAffinity
  /** Milliseconds of a clock that never runs backwards and is never negative. */
  readonly now: () => number
  /** Default 100,000; see `AffinityPins`. */
  readonly maxAffinityClients?: number | undefined
  /** Told once, when the scheduler throws: it may be anybody's code, and its clients are not to pay for it. */
  readonly onFault?: ((error: unknown) => void) | undefined
  /** Default 50; see `Deferral`. */
  readonly suspectAfterMs?: number | undefined
}

interface Candidate {
  readonly endpoint: EndpointAddress
  readonly deferral: Deferral
}

export class ServiceBalancer {
  readonly #loadBalancer: LoadBalancer
  readonly #now: () => number
  readonly #maxClients: number | undefined
  readonly #suspectAfterMs: number | undefined
  #onFault: (error: unknown) => void
  #endpoints: readonly EndpointAddress[] = []
  #candidates: ReadonlyMap<string, Candidate> = new Map()
  /** `undefined` while the policy is `None`. */
  #pins: AffinityPins | undefined

  constructor(options: ServiceBalancerOptions) {
    this.#loadBalancer = options.loadBalancer
    this.#now = options.now
    this.#maxClients = options.maxAffinityClients
    this.#suspectAfterMs = options.suspectAfterMs
    this.#onFault = options.onFault ?? (() => {})
    this.setAffinity(options.affinity)
  }

  /** The array given to `setEndpoints` last. */
  get endpoints(): readonly EndpointAddress[] {
    return this.#endpoints
  }

  has(endpointKey: string): boolean {
    return this.#candidates.has(endpointKey)
  }

  /** Whether the last dial to an endpoint that told anything failed: it has to prove itself. */
  isDoubted(endpointKey: string): boolean {
    return this.#candidates.get(endpointKey)?.deferral.isDoubted ?? false
  }

  /**
   * Replaces the endpoints. What is known of those that stay is kept; pins to those that leave are lost.
   *
   * @param endpoints sorted by `key`, each key once; kept, so not to be changed afterwards
   */
  setEndpoints(endpoints: readonly EndpointAddress[]): void {
    const before = this.#candidates
    const candidates = new Map<string, Candidate>()
    let kept = 0
    for (const endpoint of endpoints) {
      const known = before.get(endpoint.key)
      if (known !== undefined) kept++
      const deferral = known?.deferral ?? new Deferral({ suspectAfterMs: this.#suspectAfterMs })
      candidates.set(endpoint.key, { endpoint, deferral })
    }
    this.#endpoints = endpoints
    this.#candidates = candidates
    if (kept < before.size) this.#pins?.retain(candidates)
  }

  /** Replaces the policy. A new timeout counts for the pins there are; `None` drops them. */
  setAffinity(policy: SessionAffinity): void {
    if (policy.type === 'None') {
      this.#pins = undefined
      return
    }
    const timeoutMs = policy.timeoutSeconds * 1000
    if (this.#pins) this.#pins.timeoutMs = timeoutMs
    else this.#pins = new AffinityPins({ timeoutMs, maxClients: this.#maxClients })
  }

  /**
   * The endpoint to dial now, or `undefined` where there is none or all were tried.
   *
   * The endpoint the client is pinned to, else what the scheduler says of those that are worth it, else of those
   * that are left. An endpoint is not worth it while it is deferred or suspect, except where all that are left are.
   *
   * @param tried the endpoints that this connection has dialled in vain
   */
  pick(clientAddress: string, tried: readonly EndpointAddress[]): EndpointAddress | undefined {
    const nowMs = this.#now()
    const pinnedKey = this.#pins?.get(clientAddress, nowMs)
    const candidate = this.#choose(clientAddress, pinnedKey, tried, nowMs)
    if (candidate === undefined) return undefined
    const { endpoint, deferral } = candidate
    deferral.dialled(nowMs)
    // Pinned before it is reached: connections that a new client opens at once are to end up together.
    if (endpoint.key !== pinnedKey) this.#pins?.set(clientAddress, endpoint.key, nowMs)
    return endpoint
  }

  /** A dial succeeded: pins the client, ends the deferral of the endpoint. */
  reached(clientAddress: string, endpoint: EndpointAddress): void {
    const nowMs = this.#now()
    const candidate = this.#candidates.get(endpoint.key)
    if (candidate === undefined) return // it left while it was dialled
    candidate.deferral.reached(nowMs)
    this.#pins?.set(clientAddress, endpoint.key, nowMs)
  }

  /** A dial failed and the endpoint is to blame: other endpoints come first until it is reached again. */
  failed(endpoint: EndpointAddress): void {
    this.#candidates.get(endpoint.key)?.deferral.failed(this.#now())
  }

  /** A dial ended without blame: the client left, or the fault was local (EMFILE, EADDRNOTAVAIL). */
  released(endpoint: EndpointAddress): void {
    this.#candidates.get(endpoint.key)?.deferral.released()
  }

  #choose(
    clientAddress: string,
    pinnedKey: string | undefined,
    tried: readonly EndpointAddress[],
    nowMs: number,
  ): Candidate | undefined {
    const pinned = pinnedKey === undefined ? undefined : this.#candidates.get(pinnedKey)
    const isPinOpen = pinned !== undefined && !includesKey(tried, pinned.endpoint.key)
    // A suspect may just be far away, and a pin is a promise: only a dial that failed breaks it.
    if (isPinOpen && !pinned.deferral.isDeferred(nowMs)) return pinned

    let left = this.#endpoints
    let first: Candidate | undefined
    if (tried.length > 0) {
      left = left.filter(({ key }) => !includesKey(tried, key))
    } else if (!isPinOpen) {
      // The common case: one lookup, nothing allocated. The scheduler sees all endpoints, also while some are
      // deferred, because filtering costs a lookup for each of them; it is asked again where it hit upon one.
      first = this.#ask(left, clientAddress)
      if (first === undefined || isWorthIt(first, nowMs)) return first
    }
    const worthIt = left.filter(({ key }) => {
      return isWorthIt(this.#candidates.get(key) as Candidate, nowMs)
    })
    if (worthIt.length > 0) return this.#ask(worthIt, clientAddress)
    if (isPinOpen) return pinned
    return first ?? this.#ask(left, clientAddress)
  }

  /** What the scheduler says; where that is none of `endpoints` the first one: its fault is not the client's. */
  #ask(endpoints: readonly EndpointAddress[], clientAddress: string): Candidate | undefined {
    const [fallback] = endpoints
    if (fallback === undefined) return undefined
    const candidate = this.#candidates.get(this.#answer(endpoints, clientAddress)?.key as string)
    const isKnown = candidate !== undefined
    if (isKnown && (endpoints === this.#endpoints || endpoints.includes(candidate.endpoint))) {
      return candidate
    }
    return this.#candidates.get(fallback.key)
  }

  /** A scheduler may be anyone's code, so its type promises nothing. */
  #answer(
    endpoints: readonly EndpointAddress[],
    clientAddress: string,
  ): EndpointAddress | undefined {
    try {
      return this.#loadBalancer.pick(endpoints, clientAddress)
    } catch (error) {
      this.#onFault(error)
      this.#onFault = () => {} // once: there may be a thousand connections a second
      return undefined
    }
  }
}

function includesKey(endpoints: readonly EndpointAddress[], key: string): boolean {
  return endpoints.some((endpoint) => endpoint.key === key)
}

function isWorthIt({ deferral }: Candidate, nowMs: number): boolean {
  return !deferral.isDeferred(nowMs) && !deferral.isSuspect(nowMs)
}
