/**
 * LateReplies: what endpoints answer to flows whose listener was handed over. The process that has it now sends it on.
 */
import type { Socket } from 'node:dgram'
import type { AddressInfo } from 'node:net'
import type { LateReply } from './data-plane.ts'
import type { FlowClient } from './udp-flow.ts'

export class LateReplies {
  readonly #key: string
  /** Where those listened that are another process's now. */
  readonly #places = new WeakMap<Socket, AddressInfo>()
  #onReply: ((reply: LateReply) => void) | undefined

  /** `key` is that of the proxy socket. */
  constructor(key: string) {
    this.#key = key
  }

  /** Whether listeners were handed over. */
  get isOn(): boolean {
    return this.#onReply !== undefined
  }

  begin(onReply: (reply: LateReply) => void): void {
    this.#onReply = onReply
  }

  /** Notes where a listener was, which is about to be closed. */
  leave(listener: Socket): void {
    this.#places.set(listener, listener.address())
  }

  pass(client: FlowClient, datagram: Buffer): void {
    const { address, port } = this.#places.get(client.listener) as AddressInfo
    this.#onReply?.({
      key: this.#key,
      address,
      port,
      clientAddress: client.address,
      clientPort: client.port,
      datagram,
    })
  }
}
