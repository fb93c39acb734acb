/**
 * DirectCarrier: nothing carries; the client chooses a pod itself.
 */
import type { Carrier } from './carrier.ts'
import { noRules } from './carrier.ts'

export class DirectCarrier implements Carrier {
  readonly truth = 'REAL'
  apply(): Promise<number> {
    return Promise.resolve(0)
  }

  counts() {
    return Promise.resolve(noRules)
  }

  rules() {
    return Promise.resolve([])
  }

  remove(): Promise<void> {
    return Promise.resolve()
  }
}
