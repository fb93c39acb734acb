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
import type { BalancerView, NextEndpoint } from './balancer-view.ts'
import { Deferral } from './deferral.ts'
import type { LoadBalancer } from './load-balancer.ts'
import { SchedulerPeek } from './scheduler-peek.ts'
import type { PinRecord } from './session-affinity.ts'
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
  /** Connections by key of the endpoint that they have reached, also of one that has left. None has no entry. */
  readonly #reached = new Map<string, number>()
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

  /** The pins there are, the oldest first. */
  pins(): readonly PinRecord[] {
    return this.#pins?.records(this.#now()) ?? []
  }

  /** Takes over the pins of another process, but for those to endpoints that are not here. Before any client is pinned. */
  restorePins(records: readonly PinRecord[]): void {
    const nowMs = this.#now()
    for (const [clientAddress, endpointKey, ageMs] of records) {
      if (this.has(endpointKey)) this.#pins?.set(clientAddress, endpointKey, nowMs - ageMs)
    }
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
    const candidate = this.#choose(this.#loadBalancer, clientAddress, pinnedKey, tried, nowMs)
    if (candidate === undefined) return undefined
    const { endpoint, deferral } = candidate
    deferral.dialled(nowMs)
    // Pinned before it is reached: connections that a new client opens at once are to end up together.
    if (endpoint.key !== pinnedKey) this.#pins?.set(clientAddress, endpoint.key, nowMs)
    return endpoint
  }

  /** A dial succeeded: pins the client, ends the deferral of the endpoint. `ended` is to follow. */
  reached(clientAddress: string, endpoint: EndpointAddress): void {
    const nowMs = this.#now()
    this.#reached.set(endpoint.key, (this.#reached.get(endpoint.key) ?? 0) + 1)
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

  /** A connection that has reached the endpoint is over. */
  ended({ key }: EndpointAddress): void {
    const left = (this.#reached.get(key) as number) - 1
    if (left === 0) this.#reached.delete(key)
    else this.#reached.set(key, left)
  }

  readonly #openTo = ({ key }: EndpointAddress): number =>
    (this.#reached.get(key) ?? 0) + (this.#candidates.get(key)?.deferral.pendingDials ?? 0)

  /**
   * What is known of the endpoints and of the client, and what `pick` would return to it now. Changes nothing.
   *
   * @param clientAddress `''`: no client in particular, so none that is pinned
   * @param isLoop whether an endpoint is passed over by the proxy socket, which then asks again
   */
  explain(clientAddress: string, isLoop: (endpoint: EndpointAddress) => boolean): BalancerView {
    const nowMs = this.#now()
    const pin = this.#pins?.view(clientAddress, nowMs) ?? null
    return {
      pin,
      endpoints: [...this.#candidates.values()].map(({ endpoint, deferral }) => ({
        key: endpoint.key,
        ...deferral.view(nowMs),
        isLoop: isLoop(endpoint),
      })),
      next: this.#next(clientAddress, pin?.endpointKey, isLoop, nowMs),
    }
  }

  #next(
    clientAddress: string,
    pinnedKey: string | undefined,
    isLoop: (endpoint: EndpointAddress) => boolean,
    nowMs: number,
  ): NextEndpoint {
    const scheduler = new SchedulerPeek(this.#loadBalancer)
    const tried: EndpointAddress[] = []
    for (;;) {
      // A pick pins the client, also to what is passed over then.
      const key = tried.at(-1)?.key ?? pinnedKey
      const next = this.#peek(scheduler, clientAddress, key, tried, nowMs)
      if (next === 'unknown') return { endpoint: null, why: 'unknown' }
      if (next === undefined) {
        return { endpoint: null, why: tried.length === 0 ? 'no-endpoint' : 'loop' }
      }
      if (!isLoop(next)) return { endpoint: next.key, why: next.key === key ? 'pinned' : 'turn' }
      tried.push(next)
    }
  }

  /** What `pick` would return, where the scheduler can say. */
  #peek(
    scheduler: SchedulerPeek,
    clientAddress: string,
    pinnedKey: string | undefined,
    tried: readonly EndpointAddress[],
    nowMs: number,
  ): EndpointAddress | 'unknown' | undefined {
    const candidate = this.#choose(scheduler, clientAddress, pinnedKey, tried, nowMs)
    if (!scheduler.isUnknown) return candidate?.endpoint
    const [only, ...others] = this.#worthIt(this.#left(tried), nowMs)
    return only === undefined || others.length > 0 ? 'unknown' : only
  }

  #choose(
    scheduler: LoadBalancer,
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
      left = this.#left(tried)
    } else if (!isPinOpen) {
      // The common case: one lookup, nothing allocated. The scheduler sees all endpoints, also while some are
      // deferred, because filtering costs a lookup for each of them; it is asked again where it hit upon one.
      first = this.#ask(scheduler, left, clientAddress)
      if (first === undefined || isWorthIt(first, nowMs)) return first
    }
    const worthIt = this.#worthIt(left, nowMs)
    if (worthIt.length > 0) return this.#ask(scheduler, worthIt, clientAddress)
    if (isPinOpen) return pinned
    return first ?? this.#ask(scheduler, left, clientAddress)
  }

  #left(tried: readonly EndpointAddress[]): readonly EndpointAddress[] {
    return this.#endpoints.filter(({ key }) => !includesKey(tried, key))
  }

  #worthIt(endpoints: readonly EndpointAddress[], nowMs: number): readonly EndpointAddress[] {
    return endpoints.filter(({ key }) => {
      return isWorthIt(this.#candidates.get(key) as Candidate, nowMs)
    })
  }

  /** What the scheduler says; where that is none of `endpoints` the first one: its fault is not the client's. */
  #ask(
    scheduler: LoadBalancer,
    endpoints: readonly EndpointAddress[],
    clientAddress: string,
  ): Candidate | undefined {
    const [fallback] = endpoints
    if (fallback === undefined) return undefined
    const answer = this.#answer(scheduler, endpoints, clientAddress)
    const candidate = this.#candidates.get(answer?.key as string)
    const isKnown = candidate !== undefined
    if (isKnown && (endpoints === this.#endpoints || endpoints.includes(candidate.endpoint))) {
      return candidate
    }
    return this.#candidates.get(fallback.key)
  }

  /** A scheduler may be anyone's code, so its type promises nothing. */
  #answer(
    scheduler: LoadBalancer,
    endpoints: readonly EndpointAddress[],
    clientAddress: string,
  ): EndpointAddress | undefined {
    try {
      return scheduler.pick(endpoints, clientAddress, this.#openTo)
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
