/**
 * ClientBalancers: which balancer answers for a client of one proxy socket, or why it may not come in.
 *
 * There is one for all, and where the spec says so, a second one for clients within its `inside` CIDRs. A Service
 * without policies of its own costs two comparisons a connection and no list.
 */
import { CIDR } from '../address.ts'
import type { ServiceBalancer } from '../balance/service-balancer.ts'
import { createBalancer } from './create-balancer.ts'
import type { Protocol } from '../model/service-port-name.ts'
import type { ClientView, ProxySocketSpec, SocketPins } from './data-plane.ts'
import type { RelayContext } from './relay-context.ts'

interface Inside {
  readonly cidrs: CIDRList
  readonly balancer: ServiceBalancer
}

const notAdmitted = Object.freeze({ endpoint: null, why: 'source-range' })

export class ClientBalancers {
  readonly #context: RelayContext
  readonly #protocol: Protocol
  readonly #outside: ServiceBalancer
  #inside: Inside | undefined
  #sourceRanges: CIDRList | undefined

  constructor(context: RelayContext, spec: ProxySocketSpec) {
    this.#context = context
    this.#protocol = spec.protocol
    this.#outside = createBalancer(context, spec)
  }

  /** What is known of endpoints and clients that stay is kept. */
  update(spec: ProxySocketSpec): void {
    update(this.#outside, spec, spec.endpoints)
    this.#sourceRanges = cidrList(spec.sourceRanges, this.#sourceRanges)
    this.#inside = this.#updateInside(spec)
  }

  /** The balancer for a client, or `undefined` where it may not come in. */
  for(clientAddress: string): ServiceBalancer | undefined {
    if (this.#sourceRanges?.contains(clientAddress) === false) return undefined
    return this.#inside?.cidrs.contains(clientAddress) === true
      ? this.#inside.balancer
      : this.#outside
  }

  /** What a client has to expect. Changes nothing. `''` is no client in particular: it is not inside, nor pinned. */
  explain(clientAddress: string): ClientView {
    const ranges = this.#sourceRanges
    const isAdmitted =
      ranges && clientAddress === '' ? null : ranges?.contains(clientAddress) !== false
    const isInside = this.#inside?.cidrs.contains(clientAddress) === true
    const balancer = isInside ? (this.#inside as Inside).balancer : this.#outside
    const { ownListeners } = this.#context
    const view = balancer.explain(clientAddress, ({ address, port }) =>
      ownListeners.has(this.#protocol, address, port),
    )
    const next = isAdmitted === false ? notAdmitted : view.next
    return { ...view, isAdmitted, isInside, next }
  }

  /** Those of each balancer that has any. */
  pins(key: string): SocketPins[] {
    const all = [
      { key, isInside: false, pins: this.#outside.pins() },
      { key, isInside: true, pins: this.#inside?.balancer.pins() ?? [] },
    ]
    return all.filter(({ pins }) => pins.length > 0)
  }

  /** See `ServiceBalancer.restorePins`. */
  restorePins({ isInside, pins }: SocketPins): void {
    const balancer = isInside ? this.#inside?.balancer : this.#outside
    balancer?.restorePins(pins)
  }

  /** Whether an endpoint that `balancer` chose may be kept: one that is no more in use asks the one that took its place. */
  has(balancer: ServiceBalancer, endpointKey: string): boolean {
    const isInUse = balancer === this.#inside?.balancer
    return (isInUse ? balancer : this.#outside).has(endpointKey)
  }

  #updateInside(spec: ProxySocketSpec): Inside | undefined {
    if (spec.inside === undefined) return undefined
    const balancer = this.#inside?.balancer ?? createBalancer(this.#context, spec)
    update(balancer, spec, spec.inside.endpoints)
    const cidrs = cidrList(spec.inside.cidrs, this.#inside?.cidrs) as CIDRList
    return { cidrs, balancer }
  }
}

function update(
  balancer: ServiceBalancer,
  { sessionAffinity }: ProxySocketSpec,
  endpoints: ProxySocketSpec['endpoints'],
): void {
  balancer.setEndpoints(endpoints)
  balancer.setAffinity(sessionAffinity)
}

/** Several CIDRs, parsed once. */
class CIDRList {
  readonly text: string
  readonly #cidrs: readonly CIDR[]

  constructor(texts: readonly string[]) {
    this.text = texts.join()
    // Checked long before; what is no CIDR admits nobody.
    this.#cidrs = texts.flatMap((text) => CIDR.parse(text) ?? [])
  }

  contains(address: string): boolean {
    return this.#cidrs.some((cidr) => cidr.contains(address))
  }
}

/** `known` where it has the same texts. */
function cidrList(
  texts: readonly string[] | undefined,
  known: CIDRList | undefined,
): CIDRList | undefined {
  if (texts === undefined) return undefined
  return known?.text === texts.join() ? known : new CIDRList(texts)
}
