/**
 * leastLoad: the server with the least load for its weight, the first of several; what lc, sed and nq have in common.
 */
import type { SchedulerServer } from './scheduler.ts'

/** @param loadOf never negative */
export function leastLoad<Server extends SchedulerServer>(
  servers: readonly Server[],
  loadOf: (server: Server) => number,
): Server | undefined {
  let least: Server | undefined
  for (const server of servers) {
    if (server.weight === 0) continue
    // Multiplied crosswise, as in the kernel, which has no fractions.
    if (least === undefined || loadOf(least) * server.weight > loadOf(server) * least.weight) {
      least = server
    }
  }
  return least
}
