/**
 * TcpConversation: HTTP/1.1 over one connection, and never over another one.
 *
 * Not node:http, whose agent opens a new connection where the old one has ended; here that is what is to be seen.
 */
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import type { Conversation, ConversationOptions, End, Reply } from './conversation.ts'
import { endOf, readSentence } from './conversation.ts'

export class TcpConversation implements Conversation {
  readonly #socket: Socket
  readonly #request: string
  #buffer = ''
  #localPort = 0
  #isProven = false
  /** How it ended; `undefined` while it has not. */
  #end: End | undefined
  #onChange: (() => void) | undefined

  constructor({ target: { address, port }, localAddress }: ConversationOptions) {
    this.#request = `GET / HTTP/1.1\r\nhost: ${address}:${port}\r\n\r\n`
    this.#socket = connect({
      host: address,
      port,
      noDelay: true,
      ...(localAddress === undefined ? {} : { localAddress }),
    })
    this.#socket
      .setEncoding('latin1')
      .once('connect', () => (this.#localPort = this.#socket.localPort as number))
      .on('data', (text: string) => {
        this.#buffer += text
        this.#onChange?.()
      })
      .once('error', (error) => this.#finish(endOf(error)))
      .once('end', () => this.#finish('closed'))
      .once('close', () => this.#finish('closed'))
  }

  async ask(timeoutMs: number): Promise<Reply> {
    const begin = performance.now()
    this.#buffer = ''
    // Written before there is a connection, it goes out with the first packet after the handshake.
    if (this.#end === undefined) this.#socket.write(this.#request)
    const body = await this.#body(timeoutMs)
    const durationMs = performance.now() - begin
    const localPort = this.#localPort
    if (body === undefined) {
      const outcome = this.#end ?? 'timeout'
      // An answer that comes too late would be taken for the next one.
      this.release()
      if (outcome instanceof Error) throw outcome
      return { outcome, pod: '', seenClient: '', durationMs, localPort }
    }
    this.#isProven = true
    return { outcome: 'ok', ...readSentence(body), durationMs, localPort }
  }

  release(): void {
    this.#finish('closed')
    this.#socket.destroy()
  }

  /** `undefined`: the connection has ended before, or the time is over. */
  #body(timeoutMs: number): Promise<string | undefined> {
    return new Promise((resolve) => {
      const settle = (body: string | undefined): void => {
        clearTimeout(timer)
        this.#onChange = undefined
        resolve(body)
      }
      const timer = setTimeout(() => settle(undefined), timeoutMs)
      this.#onChange = () => {
        const body = bodyOf(this.#buffer)
        if (body !== undefined || this.#end !== undefined) settle(body)
      }
      this.#onChange()
    })
  }

  #finish(end: End): void {
    // What has once answered was not refused: it was open, and ended.
    this.#end ??= this.#isProven ? 'closed' : end
    this.#onChange?.()
  }
}

/** The body of an answer that is whole; `undefined` where it is not. */
function bodyOf(text: string): string | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const length = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(text)?.[1] ?? 0)
  const body = text.slice(end + 4)
  return body.length >= length ? body : undefined
}
