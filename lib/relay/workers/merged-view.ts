/**
 * mergedView: what a client has to expect of a proxy socket that several threads serve: which of them it meets, the
 * kernel decides. Pure.
 */
import type { EndpointView } from '../../balance/balancer-view.ts'
import type { Standing } from '../../balance/deferral.ts'
import type { ClientView } from '../data-plane.ts'

/** From bad to good. */
const standings: readonly Standing[] = ['deferred', 'suspect', 'due', 'good']

/** @param views of one moment, each thread's; not empty. Such a proxy socket has no affinity, so there are no pins. */
export function mergedView(views: readonly [ClientView, ...ClientView[]]): ClientView {
  const [first, ...others] = views
  const isAgreed = others.every(({ next }) => next.endpoint === first.next.endpoint)
  return {
    ...first,
    endpoints: first.endpoints.map((endpoint) =>
      others.reduce((sum, { endpoints }) => {
        const other = endpoints.find(({ key }) => key === endpoint.key)
        return other === undefined ? sum : mergedEndpoint(sum, other)
      }, endpoint),
    ),
    next: isAgreed ? first.next : { endpoint: null, why: 'unknown' },
  }
}

/** It stands as it does where it stands worst; dials are pending in both. */
function mergedEndpoint(a: EndpointView, b: EndpointView): EndpointView {
  const [worse] = [a, b].toSorted(
    (a, b) => standings.indexOf(a.standing) - standings.indexOf(b.standing),
  ) as [EndpointView, EndpointView]
  return {
    ...worse,
    isLoop: a.isLoop || b.isLoop,
    pendingDials: a.pendingDials + b.pendingDials,
    silentMs: Math.max(a.silentMs, b.silentMs),
  }
}
