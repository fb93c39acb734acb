/**
 * serveWorker: answers the calls of the main thread, and tells it from time to time what must outlive this thread.
 */
import type { MessagePort } from 'node:worker_threads'
import type { Legacy } from '../data-plane.ts'
import type { WorkerCall, WorkerInit, WorkerNews } from './worker-message.ts'
import { WorkerPlane } from './worker-plane.ts'

/** The time between two legacies is so many times what one takes, and at least so many ms. */
const legacyRest = 100
const legacyPauseMs = 1000

const counting: ReadonlySet<string> = new Set(['stats', 'totals', 'endpointCounts'])

/**
 * @param port calls come in, lists of news go out
 * @returns to be called at the end: tells what has not been told yet
 */
export function serveWorker(init: WorkerInit, port: MessagePort): () => void {
  let news: WorkerNews[] = []
  const flush = (): void => {
    if (news.length > 0) port.postMessage(news)
    news = []
  }
  const tell = (one: WorkerNews): void => {
    // All that happens in one turn goes together.
    if (news.push(one) === 1) setImmediate(flush)
  }
  const plane = new WorkerPlane(init, tell)
  const tellLegacy = (legacy: Partial<Legacy>): void => {
    // What it counts as over is told of before, or it would be told of as lost with this thread.
    plane.tellEndings()
    tell({ type: 'legacy', legacy })
  }
  const methods = plane as unknown as Record<string, (...args: unknown[]) => unknown>
  const answer = (calls: readonly WorkerCall[]): void => {
    // What was told once must not be more than what is remembered of this thread when it is lost.
    if (calls.some(({ method }) => counting.has(method))) {
      tellLegacy({ counts: plane.legacyCounts() })
    }
    for (const { id, method, args } of calls) {
      void Promise.resolve(methods[method]?.call(plane, ...args)).then((value) =>
        tell({ type: 'answer', id, value }),
      )
    }
  }
  // Before any call, so that no call overtakes the first `apply`.
  const prepared = plane.prepare()
  port.on('message', (calls) => void prepared.then(() => answer(calls)))
  const tellAll = (): void => {
    const begin = performance.now()
    tellLegacy(plane.legacy())
    const tookMs = performance.now() - begin
    timer = setTimeout(tellAll, Math.max(legacyPauseMs, legacyRest * tookMs)).unref()
  }
  let timer = setTimeout(tellAll, legacyPauseMs).unref()
  return () => {
    clearTimeout(timer)
    tellLegacy(plane.legacy())
    flush()
  }
}
