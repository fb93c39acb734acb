/**
 * UdpConversation: datagrams from one socket, and so from one source port.
 */
import type { Socket } from 'node:dgram'
import { createSocket } from 'node:dgram'
import type { Conversation, ConversationOptions, End, Reply } from './conversation.ts'
import { endOf, readSentence } from './conversation.ts'

export class UdpConversation implements Conversation {
  readonly #socket: Socket
  readonly #connected: Promise<End | undefined>
  #isReleased = false
  #onMessage: ((text: string) => void) | undefined
  #onError: ((end: End) => void) | undefined

  constructor({ target: { address, port }, localAddress }: ConversationOptions) {
    this.#socket = createSocket('udp4')
    this.#socket
      .on('message', (datagram) => this.#onMessage?.(datagram.toString()))
      // A connected socket is told what ICMP says.
      .on('error', (error) => this.#onError?.(endOf(error)))
    this.#connected = new Promise((resolve) => {
      this.#onError = resolve
      this.#socket.bind({ port: 0, ...(localAddress ? { address: localAddress } : {}) }, () => {
        this.#socket.connect(port, address, (error?: Error) => resolve(error && endOf(error)))
      })
    })
  }

  async ask(timeoutMs: number): Promise<Reply> {
    const begin = performance.now()
    const failure = this.#isReleased ? 'closed' : await this.#connected
    const answer = failure ?? (await this.#exchange(timeoutMs))
    if (answer instanceof Error) throw answer
    const durationMs = performance.now() - begin
    const localPort = this.#isReleased || failure ? 0 : this.#socket.address().port
    return typeof answer === 'string'
      ? { outcome: answer, pod: '', seenClient: '', durationMs, localPort }
      : { outcome: 'ok', ...readSentence(answer.text), durationMs, localPort }
  }

  release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    this.#onError?.('closed')
    this.#socket.close()
  }

  #exchange(timeoutMs: number): Promise<End | { readonly text: string }> {
    return new Promise((resolve) => {
      const settle = (answer: End | { readonly text: string }): void => {
        clearTimeout(timer)
        this.#onMessage = undefined
        this.#onError = undefined
        resolve(answer)
      }
      const timer = setTimeout(() => settle('timeout'), timeoutMs)
      this.#onMessage = (text) => settle({ text })
      this.#onError = settle
      this.#socket.send('who are you?')
    })
  }
}
