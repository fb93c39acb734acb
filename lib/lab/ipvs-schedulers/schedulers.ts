/**
 * ipvsSchedulers: the schedulers that kube-proxy's `--ipvs-scheduler` knows by name, of those that weights of 1 leave
 * different.
 */
import { destinationHashing } from './destination-hashing.ts'
import { leastConnection } from './least-connection.ts'
import { neverQueue } from './never-queue.ts'
import { roundRobin } from './round-robin.ts'
import type { IpvsScheduler } from './scheduler.ts'
import { shortestExpectedDelay } from './shortest-expected-delay.ts'
import { sourceHashing } from './source-hashing.ts'

export const ipvsSchedulers = Object.freeze({
  rr: roundRobin,
  lc: leastConnection,
  dh: destinationHashing,
  sh: sourceHashing,
  sed: shortestExpectedDelay,
  nq: neverQueue,
}) satisfies Readonly<Record<string, IpvsScheduler>>

export type IpvsSchedulerName = keyof typeof ipvsSchedulers
