/**
 * ToldListeners: the listeners of all threads, in the main thread, which tells each change: a dial to one of them, by
 * whichever thread, would meet this process again.
 */
import type { Protocol } from '../../model/service-port-name.ts'
import { OwnListeners } from '../own-listeners.ts'
import type { ForeignListener } from './worker-message.ts'

export class ToldListeners extends OwnListeners {
  readonly #tell: (listener: ForeignListener) => void

  constructor(tell: (listener: ForeignListener) => void) {
    super()
    this.#tell = tell
  }

  override add(protocol: Protocol, address: string, port: number): void {
    super.add(protocol, address, port)
    this.#tell({ protocol, address, port, isBound: true })
  }

  override delete(protocol: Protocol, address: string, port: number): void {
    super.delete(protocol, address, port)
    this.#tell({ protocol, address, port, isBound: false })
  }
}
