/**
 * RelayContext: what all proxy sockets of one data plane share. Made once by the data plane, passed down, never global.
 */
import type { LoadBalancerFactory } from '../balance/load-balancer.ts'
import type { RelayOptions } from '../options.ts'
import type { SharedPorts } from '../shared-ports.ts'
import type { AcceptedReads } from './accepted-reads.ts'
import type { DataPlaneEvents } from './data-plane.ts'
import type { DescriptorBudget } from './descriptor-budget.ts'
import type { Endings } from './endings.ts'
import type { Gate } from './gate.ts'
import type { LegReads } from './leg-reads.ts'
import type { OwnListeners } from './own-listeners.ts'
import type { PortAllocator } from './port-allocator.ts'
import type { TcpTimeouts } from './tcp-timeouts.ts'

export interface RelayContext {
  readonly options: RelayOptions
  readonly loadBalancer: LoadBalancerFactory
  readonly budget: DescriptorBudget
  readonly ports: PortAllocator
  readonly ownListeners: OwnListeners
  /** Whether the kernel may give a port to a dial, as its own end. */
  readonly isSourcePort: (port: number) => boolean
  /** Where sockets are shared with the next process. */
  readonly sharedPorts: SharedPorts | undefined
  /** Whether other threads listen at the same TCP ports (SO_REUSEPORT). */
  readonly reusesPorts: boolean
  /** Every client that comes in goes through it. */
  readonly gate: Gate
  readonly events: DataPlaneEvents
  /** Where connections go that are over, and that somebody watches. */
  readonly endings: Endings
  readonly timeouts: TcpTimeouts
  readonly reads: LegReads
  readonly acceptedReads: AcceptedReads
  /** Monotonic, in ms. */
  readonly now: () => number
  /** In [0, 1). */
  readonly random: () => number
  /** The next connection id. */
  readonly nextId: () => number
}
