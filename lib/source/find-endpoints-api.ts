/**
 * findEndpointsAPI: asks a server which of the APIs that tell endpoints it has.
 */
import type { KubernetesClient } from './kubernetes-client.ts'
import type { KubernetesHealth } from './kubernetes-health.ts'
import type { EndpointsAPI } from './kubernetes-resources.ts'
import type { RetryPauses } from './retry-pauses.ts'
import { StatusError } from './status-error.ts'
import { withinMs } from './watchdog.ts'

const group = {
  label: 'The API group discovery.k8s.io',
  name: 'nonResourceURLs /apis/discovery.k8s.io',
  path: '/apis/discovery.k8s.io',
}
const timeoutMs = 30_000

export interface EndpointsAPISearch {
  readonly client: KubernetesClient
  readonly health: KubernetesHealth
  readonly pauses: RetryPauses
  readonly signal: AbortSignal
}

/**
 * Returns the best API that the server has. Waits for the server for as long as that takes.
 *
 * @throws the reason of `signal`
 */
export async function findEndpointsAPI(search: EndpointsAPISearch): Promise<EndpointsAPI> {
  const { client, health, pauses, signal } = search
  for (;;) {
    try {
      const api = await ask(client, signal)
      health.recovered(group)
      return api
    } catch (error) {
      signal.throwIfAborted()
      health.failed(group, 'read', error)
      await pauses.after(error)
      signal.throwIfAborted()
    }
  }
}

async function ask(client: KubernetesClient, signal: AbortSignal): Promise<EndpointsAPI> {
  try {
    return readVersions(
      await withinMs(timeoutMs, signal, (signal) => client.list(group.path, {}, signal)),
    )
  } catch (error) {
    // Before 1.17 there is no such group.
    if (error instanceof StatusError && error.status === 404) return 'core/v1'
    // Who may list slices need not be allowed to ask for them. Every server since 1.21 has this one.
    if (error instanceof StatusError && error.status === 403) return 'discovery.k8s.io/v1'
    throw error
  }
}

function readVersions(group: unknown): EndpointsAPI {
  const { versions } = (group ?? {}) as { versions?: unknown }
  if (!Array.isArray(versions)) throw new Error('the answer is no APIGroup')
  const served = new Set(
    versions.map((version) => (version as { groupVersion?: unknown } | null)?.groupVersion),
  )
  const known = ['discovery.k8s.io/v1', 'discovery.k8s.io/v1beta1'] as const
  return known.find((version) => served.has(version)) ?? 'core/v1'
}
