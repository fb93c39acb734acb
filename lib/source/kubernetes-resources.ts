/**
 * What is watched of a cluster: paths, selectors and the types of the items.
 *
 * @see kubernetes v1.34 cmd/kube-proxy/app/server.go, which selects by the same labels and fields
 */

/** Parameters of a request, not yet encoded. */
export type Query = Readonly<Record<string, string>>

export interface KubernetesResource {
  /** For people: `Services`. */
  readonly label: string
  /** As a role names it: `services`, `endpointslices.discovery.k8s.io`. */
  readonly name: string
  readonly path: string
  /** Type of the items, which do not say it in a list. */
  readonly type: { readonly apiVersion: string; readonly kind: string }
  /** `labelSelector`, `fieldSelector`. */
  readonly selectors: Query
  /** Selectors for servers that answer 400 to those above. */
  readonly fallbackSelectors?: Query
}

/** The API that tells endpoints, the best first. `core/v1` has only the Endpoints object, which is cut at 1000 addresses. */
export type EndpointsAPI = 'discovery.k8s.io/v1' | 'discovery.k8s.io/v1beta1' | 'core/v1'

const proxyNameLabel = 'service.kubernetes.io/service-proxy-name'
const notHeadless: Query = { labelSelector: '!service.kubernetes.io/headless' }

/** All Services but headless ones: those of no other proxy (`''`), or those that are labelled for this one. */
export function serviceResource(serviceProxyName: string): KubernetesResource {
  const labelSelector =
    serviceProxyName === '' ? `!${proxyNameLabel}` : `${proxyNameLabel}=${serviceProxyName}`
  return {
    label: 'Services',
    name: 'services',
    path: '/api/v1/services',
    type: { apiVersion: 'v1', kind: 'Service' },
    // Old servers cannot select by clusterIP. Headless Services are left out further up too.
    selectors: { labelSelector, fieldSelector: 'spec.clusterIP!=None' },
    fallbackSelectors: { labelSelector },
  }
}

/**
 * The endpoints of all Services. Not only of those that are selected above: slices that people write need not carry
 * the labels of their Service, and one without a Service harms nobody.
 */
export function endpointsResource(api: EndpointsAPI): KubernetesResource {
  if (api === 'core/v1') {
    return {
      label: 'Endpoints',
      name: 'endpoints',
      path: '/api/v1/endpoints',
      type: { apiVersion: 'v1', kind: 'Endpoints' },
      selectors: notHeadless,
    }
  }
  return {
    label: 'EndpointSlices',
    name: 'endpointslices.discovery.k8s.io',
    path: `/apis/${api}/endpointslices`,
    type: { apiVersion: api, kind: 'EndpointSlice' },
    selectors: notHeadless,
  }
}

/** One node, which may not exist yet. */
export function nodeResource(nodeName: string): KubernetesResource {
  return {
    label: `Node ${nodeName}`,
    name: 'nodes',
    path: '/api/v1/nodes',
    type: { apiVersion: 'v1', kind: 'Node' },
    selectors: { fieldSelector: `metadata.name=${nodeName}` },
  }
}
