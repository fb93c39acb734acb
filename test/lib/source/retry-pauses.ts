import { mock } from 'node:test'
import type { Test } from 'tap'
import t from 'tap'
import { RetryPauses } from '../../../lib/source/retry-pauses.ts'
import { StatusError } from '../../../lib/source/status-error.ts'
import { mockTimers } from '../../fixtures/mock-timers.ts'

let random = 0
function pausesOf(t: Test): { pauses: RetryPauses; ms: (pause: Promise<void>) => Promise<number> } {
  mockTimers(t)
  const { signal } = new AbortController()
  const pauses = new RetryPauses({ now: Date.now, random: () => random, signal })
  /** How long it takes: time stands still otherwise. */
  const ms = async (pause: Promise<void>): Promise<number> => {
    let isOver = false
    void pause.then(() => (isOver = true))
    const begin = Date.now()
    while (!isOver) {
      mock.timers.tick(50)
      await new Promise(setImmediate)
    }
    return Date.now() - begin
  }
  return { pauses, ms }
}

t.test('they double from 0.8 s to 30 s', async (t) => {
  const { pauses, ms } = pausesOf(t)
  const seen: number[] = []
  for (let i = 0; i < 8; i++) seen.push(await ms(pauses.after(new Error('no'))))
  t.strictSame(seen, [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000])
  t.equal(await ms(pauses.first()), 800, 'what is no failure waits for the least')
})

t.test('they are shorter by up to a quarter', async (t) => {
  random = 1
  const { pauses, ms } = pausesOf(t)
  t.equal(await ms(pauses.after(new Error('no'))), 600)
  t.equal(await ms(pauses.after(new Error('no'))), 1200)
  random = 0
})

t.test('after two minutes without a failure they begin anew', async (t) => {
  const { pauses, ms } = pausesOf(t)
  await ms(pauses.after(new Error('no')))
  mock.timers.tick(120_000 - 800)
  t.equal(await ms(pauses.after(new Error('no'))), 1600)
  mock.timers.tick(120_001 - 1600)
  t.equal(await ms(pauses.after(new Error('no'))), 800)
})

t.test('they last at least as long as the server wishes', async (t) => {
  const { pauses, ms } = pausesOf(t)
  const busy = new StatusError({ status: 429, retryAfter: '2' })
  t.equal(await ms(pauses.after(busy)), 2000)
  t.equal(await ms(pauses.after(busy)), 2000)
  t.equal(await ms(pauses.after(busy)), 3200)
  t.equal(await ms(pauses.after(new StatusError({ status: 503 }))), 6400)
})
