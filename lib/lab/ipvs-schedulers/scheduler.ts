/**
 * IpvsScheduler: how IPVS chooses the real server of a new connection, as a pure function of what it knows.
 *
 * Where a kernel has no IPVS this is what the lab shows of it, and says so. It chooses as the kernel does and costs
 * what it costs here: no latency can be learned from it.
 *
 * @see linux v6.12 include/net/ip_vs.h `struct ip_vs_scheduler`
 */

/** A real server, as `ipvsadm -Ln` lists it. */
export interface SchedulerServer {
  /** `address:port`. */
  readonly key: string
  /** 0: it gets no new connections. kube-proxy gives every endpoint 1. */
  readonly weight: number
  readonly activeConnections: number
  readonly inactiveConnections: number
}

export interface SchedulerInput<Server extends SchedulerServer = SchedulerServer> {
  /** In the order of the kernel's list. */
  readonly servers: readonly Server[]
  /** Address of the client. */
  readonly source: string
  /** Address that it dialled. */
  readonly destination: string
  /** Key of the server that was chosen last; `undefined` where none was, or it is gone. */
  readonly last?: string | undefined
}

/** Returns `undefined` where the client is refused. */
export type IpvsScheduler = <Server extends SchedulerServer>(
  input: SchedulerInput<Server>,
) => Server | undefined
