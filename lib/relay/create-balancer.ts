/** createBalancer: the balancer of one proxy socket, whatever the scheduler that was passed in does. */
import type { LoadBalancer } from '../balance/load-balancer.ts'
import { RoundRobin } from '../balance/round-robin.ts'
import { ServiceBalancer } from '../balance/service-balancer.ts'
import type { ProxySocketSpec } from './data-plane.ts'
import type { RelayContext } from './relay-context.ts'

export function createBalancer(context: RelayContext, spec: ProxySocketSpec): ServiceBalancer {
  const onFault = (error: unknown): void => context.events.fault?.(spec.servicePort, error)
  return new ServiceBalancer({
    loadBalancer: createScheduler(context, onFault),
    affinity: spec.sessionAffinity,
    now: context.now,
    maxAffinityClients: context.options.maxAffinityClients,
    onFault,
  })
}

function createScheduler(context: RelayContext, onFault: (error: unknown) => void): LoadBalancer {
  try {
    return context.loadBalancer()
  } catch (error) {
    onFault(error)
    return new RoundRobin()
  }
}
