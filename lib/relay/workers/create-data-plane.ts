/** createDataPlane: the data plane that the options ask for: in this thread, or in as many as there are to be. */
import { invalidOption } from '../../options.ts'
import type { DataPlane } from '../data-plane.ts'
import type { InProcessDataPlaneOptions } from '../in-process-data-plane.ts'
import { InProcessDataPlane } from '../in-process-data-plane.ts'
import { WorkersDataPlane } from './workers-data-plane.ts'

/** @throws {ProxyError} ERR_INVALID_OPTION where more than one thread is asked for and something cannot be shared by them */
export function createDataPlane(given: Omit<InProcessDataPlaneOptions, 'among'>): DataPlane {
  const { options, events, isSuccessor, random, loadBalancer, sharedPorts } = given
  const { workers } = options
  if (workers === 1) return new InProcessDataPlane(given)
  if (loadBalancer !== undefined) {
    throw invalidOption(
      'workers',
      `is ${workers}, and loadBalancer is a function, which no other thread can call`,
      '1',
    )
  }
  if (sharedPorts !== undefined) {
    throw invalidOption(
      'workers',
      `is ${workers}, and no thread can have a listening socket of sharedPorts`,
      '1',
    )
  }
  return new WorkersDataPlane({ options, events, isSuccessor, random })
}
