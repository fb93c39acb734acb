/**
 * findEventsAPI: asks a server which of the APIs that take Events it has.
 */
import type { KubernetesClient } from '../source/kubernetes-client.ts'
import { StatusError } from '../source/status-error.ts'
import type { EventsAPI } from './event-object.ts'

/** @throws what the request throws, where the server says neither yes nor no */
export async function findEventsAPI(
  client: Pick<KubernetesClient, 'list'>,
  signal: AbortSignal,
): Promise<EventsAPI> {
  try {
    return readVersions(await client.list('/apis/events.k8s.io', {}, signal))
  } catch (error) {
    if (error instanceof StatusError && error.status === 404) return 'v1'
    // Who may create Events need not be allowed to ask for them. Every server since 1.19 has this one.
    if (error instanceof StatusError && error.status === 403) return 'events.k8s.io/v1'
    throw error
  }
}

function readVersions(group: unknown): EventsAPI {
  const { versions } = (group ?? {}) as { versions?: unknown }
  if (!Array.isArray(versions)) throw new Error('the answer is no APIGroup')
  const known = 'events.k8s.io/v1'
  const isServed = versions.some(
    (version) => (version as { groupVersion?: unknown } | null)?.groupVersion === known,
  )
  return isServed ? known : 'v1'
}
