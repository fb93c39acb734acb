/**
 * LoopbackNetwork: which addresses of 127.0.0.0/8 are this lab's, on systems where all of them are this machine.
 *
 * Labs may run side by side, and a pod that was killed has to find its place free when it comes back. So each lab takes
 * a network of its own, and holds it by listening at an address that nobody else uses.
 */
import { once } from 'node:events'
import type { Server } from 'node:net'
import { createServer } from 'node:net'
import type { PodName } from '../lab.ts'

/** So many labs may run at once; more share the addresses of everybody, as where there are none. */
const mostNetworks = 64

export class LoopbackNetwork {
  readonly clusterIP: string
  readonly clientAddress: string
  readonly #prefix: string
  readonly #holder: Server

  /**
   * The first that no other lab has; `undefined` where this system has no such addresses, or none is left.
   *
   * @param block their first byte, which only tests change
   */
  static async claim(block = 127): Promise<LoopbackNetwork | undefined> {
    for (let number = 1; number <= mostNetworks; number++) {
      const holder = createServer().unref()
      const listening = once(holder, 'listening')
      holder.listen({ host: `${block}.0.${number}.254`, port: 8080 })
      const code = await listening.then(
        () => '',
        (error: NodeJS.ErrnoException) => error.code,
      )
      if (code === '') return new LoopbackNetwork(number, holder)
      if (code !== 'EADDRINUSE') return undefined
    }
    return undefined
  }

  private constructor(number: number, holder: Server) {
    this.#prefix = `127.0.${number}`
    this.#holder = holder
    this.clusterIP = `127.96.${number - 1}.10`
    this.clientAddress = `${this.#prefix}.101`
  }

  addressOf(pod: PodName): string {
    return `${this.#prefix}.${pod.slice('pod-'.length)}`
  }

  release(): void {
    this.#holder.close()
  }
}
