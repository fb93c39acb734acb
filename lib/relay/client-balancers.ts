/**
 * ClientBalancers: which balancer answers for a client of one proxy socket, or why it may not come in.
 *
 * There is one for all, and where the spec says so, a second one for clients within its `inside` CIDRs. A Service
 * without policies of its own costs two comparisons a connection and no list.
 */
import { CIDR } from '../address.ts'
import type { ServiceBalancer } from '../balance/service-balancer.ts'
import { createBalancer } from './create-balancer.ts'
import type { ProxySocketSpec } from './data-plane.ts'
import type { RelayContext } from './relay-context.ts'

interface Inside {
  readonly cidrs: CIDRList
  readonly balancer: ServiceBalancer
}

export class ClientBalancers {
  readonly #context: RelayContext
  readonly #outside: ServiceBalancer
  #inside: Inside | undefined
  #sourceRanges: CIDRList | undefined

  constructor(context: RelayContext, spec: ProxySocketSpec) {
    this.#context = context
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
