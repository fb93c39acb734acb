/**
 * EventStreams: Server-Sent Events of a board, one stream for each page that is open.
 *
 * A page is told all topics when it comes, and from then on those that have changed, at most ten times a second. One
 * that was cut off says the id it has seen last, and is told what has changed since.
 *
 * @see WHATWG HTML, 9.2 Server-sent events
 */
import type { ServerResponse } from 'node:http'
import type { TopicBoard } from './topic-board.ts'

export interface EventStreamsOptions {
  readonly board: TopicBoard
  /** Ids of another run of the program mean nothing here: each run has a name of its own. */
  readonly run: string
  /** Between two messages, in ms. Default 100. */
  readonly pauseMs?: number
  /** Between two comments that show that the connection is alive, in ms. Default 15,000. */
  readonly heartbeatMs?: number
}

export class EventStreams {
  readonly #options: Required<EventStreamsOptions>
  readonly #open = new Set<ServerResponse>()

  constructor(options: EventStreamsOptions) {
    this.#options = { pauseMs: 100, heartbeatMs: 15_000, ...options }
  }

  /** Answers with a stream. @param lastEventId what the page says it has seen; '' for nothing */
  add(response: ServerResponse, lastEventId: string): void {
    const { board, pauseMs, heartbeatMs } = this.#options
    let seen = this.#revisionOf(lastEventId)
    let pausing: NodeJS.Timeout | undefined
    const send = (event: string): void => {
      const topics = JSON.stringify(board.since(seen))
      seen = board.revision
      response.write(`event: ${event}\nid: ${this.#options.run}.${seen}\ndata: ${topics}\n\n`)
    }
    const sendSoon = (): void => {
      // Who does not read is told the newest when it reads again, and nothing is stored for it meanwhile.
      if (pausing !== undefined || response.writableNeedDrain) return
      pausing = setTimeout(() => {
        pausing = undefined
        if (seen < board.revision) send('delta')
      }, pauseMs)
    }
    send(seen === 0 ? 'snapshot' : 'delta')
    const unsubscribe = board.subscribe(sendSoon)
    response.on('drain', sendSoon)
    const heartbeat = setInterval(() => response.write(':\n\n'), heartbeatMs)
    this.#open.add(response)
    response.once('close', () => {
      unsubscribe()
      clearInterval(heartbeat)
      clearTimeout(pausing)
      this.#open.delete(response)
    })
  }

  close(): void {
    for (const response of this.#open) response.end()
  }

  #revisionOf(id: string): number {
    const { board, run } = this.#options
    const [, revision = '0'] = id.startsWith(`${run}.`) ? id.split('.') : []
    const number = Number(revision)
    return Number.isSafeInteger(number) && number <= board.revision ? number : 0
  }
}
