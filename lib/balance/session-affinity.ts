/**
 * AffinityPins: which client address is pinned to which endpoint (session affinity `ClientIP`) of one ServicePort.
 *
 * Only the pins; whether there is affinity at all is the policy of the Service, which outlives every endpoint
 * (kubernetes#25314). In kube-proxy's userspace mode the pins had no bound and were swept only by the sync
 * (kubernetes v1.25 pkg/proxy/userspace/roundrobin.go).
 */

export interface AffinityPinsOptions {
  /** A pin that was not set for so long is no pin any more. */
  readonly timeoutMs: number
  /** The pin set longest ago goes first. Default 100,000, about 15 MB. */
  readonly maxClients?: number | undefined
}

/** A pin as it is now. */
export interface PinView {
  readonly endpointKey: string
  /** For how long yet, in ms, where no connection renews it; more than 0. */
  readonly leftMs: number
}

/** A pin as it is handed to another process: client address, key of its endpoint, and how long ago it was set, in ms. */
export type PinRecord = readonly [clientAddress: string, endpointKey: string, ageMs: number]

/**
 * The pins stand in a Map, and in a ring by age. The usual way without a ring, a Map kept in order by delete and set,
 * does not hold here: V8 looks for the oldest entry behind all deleted ones, which takes tens of microseconds for
 * each new client of a full map.
 */
export class AffinityPins {
  /** May be changed: counts at once, also for the pins there are. */
  timeoutMs: number
  readonly #maxClients: number
  readonly #pins = new Map<string, Pin>()
  /** Belongs to no client: `newer` of it is the oldest pin, `older` the newest. It never expires. */
  readonly #ring = new Pin('')

  constructor({ timeoutMs, maxClients = 100_000 }: AffinityPinsOptions) {
    this.timeoutMs = timeoutMs
    this.#maxClients = maxClients
  }

  /** How many pins are held, expired ones that nobody asked for since included. */
  get size(): number {
    return this.#pins.size
  }

  /** Key of the endpoint that `clientAddress` is pinned to. Asking does not renew the pin. */
  get(clientAddress: string, nowMs: number): string | undefined {
    const pin = this.#pins.get(clientAddress)
    if (pin === undefined || !this.#hasExpired(pin, nowMs)) return pin?.endpointKey
    this.#drop(pin)
    return undefined
  }

  /** The pin of `clientAddress`, where there is one. Changes nothing, not even what has expired. */
  view(clientAddress: string, nowMs: number): PinView | undefined {
    const pin = this.#pins.get(clientAddress)
    if (pin === undefined || this.#hasExpired(pin, nowMs)) return undefined
    return { endpointKey: pin.endpointKey, leftMs: pin.setMs + this.timeoutMs - nowMs }
  }

  /** Pins `clientAddress` to an endpoint, or renews its pin. `nowMs` never runs backwards. */
  set(clientAddress: string, endpointKey: string, nowMs: number): void {
    let pin = this.#pins.get(clientAddress)
    if (pin === undefined) {
      pin = new Pin(clientAddress)
      this.#pins.set(clientAddress, pin)
    }
    pin.endpointKey = endpointKey
    pin.setMs = nowMs
    pin.moveBefore(this.#ring)
    while (this.#pins.size > this.#maxClients || this.#hasExpired(this.#ring.newer, nowMs)) {
      this.#drop(this.#ring.newer)
    }
  }

  /** All pins that have not expired, the oldest first. */
  records(nowMs: number): PinRecord[] {
    const records: PinRecord[] = []
    for (let pin = this.#ring.newer; pin !== this.#ring; pin = pin.newer) {
      if (this.#hasExpired(pin, nowMs)) continue
      records.push([pin.clientAddress, pin.endpointKey, nowMs - pin.setMs])
    }
    return records
  }

  /** Drops the pins to endpoints that are not in `endpointKeys`. */
  retain(endpointKeys: { has(endpointKey: string): boolean }): void {
    for (const pin of this.#pins.values()) {
      if (!endpointKeys.has(pin.endpointKey)) this.#drop(pin)
    }
  }

  #hasExpired(pin: Pin, nowMs: number): boolean {
    return nowMs - pin.setMs >= this.timeoutMs
  }

  #drop(pin: Pin): void {
    this.#pins.delete(pin.clientAddress)
    pin.leave()
  }
}

class Pin {
  readonly clientAddress: string
  endpointKey = ''
  setMs = Number.POSITIVE_INFINITY
  older: Pin = this
  newer: Pin = this

  constructor(clientAddress: string) {
    this.clientAddress = clientAddress
  }

  leave(): void {
    this.older.newer = this.newer
    this.newer.older = this.older
  }

  moveBefore(ring: Pin): void {
    this.leave()
    this.older = ring.older
    this.newer = ring
    this.older.newer = this
    ring.older = this
  }
}
