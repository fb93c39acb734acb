import { mock } from 'node:test'
import type { Test } from 'tap'
import t from 'tap'
import { SyncRunner } from '../../lib/sync-runner.ts'
import { mockTimers } from '../fixtures/mock-timers.ts'

/** Lets promise callbacks run: fake timers do not. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}

/** Step by step: a timer that is set while time passes counts from that moment. */
async function tick(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed++) {
    mock.timers.tick(1)
    await settle()
  }
}

function runnerOf(
  t: Test,
  run: (isPeriodic: boolean) => Promise<void>,
): {
  runner: SyncRunner
  failures: unknown[]
} {
  mockTimers(t)
  const failures: unknown[] = []
  const runner = new SyncRunner({
    run,
    onFailure: (error) => failures.push(error),
    minPeriodMs: 100,
    maxPeriodMs: 1000,
    now: () => Date.now(),
    random: () => 0,
  })
  return { runner, failures }
}

t.test(
  'the first request runs at once, those that follow share one run at the end of the period',
  async (t) => {
    const runs: boolean[] = []
    const { runner } = runnerOf(t, async (isPeriodic) => void runs.push(isPeriodic))
    for (let i = 0; i < 10; i++) runner.request()
    t.equal(runs.length, 0, 'what is asked for in one go is served by one run')
    await settle()
    t.equal(runs.length, 1)
    for (let i = 0; i < 50; i++) runner.request()
    await tick(99)
    t.equal(runs.length, 1)
    await tick(1)
    t.equal(runs.length, 2)
    await runner.close()
  },
)

t.test('runs every maxPeriodMs without any request', async (t) => {
  const runs: boolean[] = []
  const { runner } = runnerOf(t, async (isPeriodic) => void runs.push(isPeriodic))
  runner.request()
  await settle()
  await tick(100)
  await tick(899)
  t.same(runs, [false])
  await tick(1)
  t.same(runs, [false, true])
  await runner.close()
})

t.test('requests, however many, do not put off the periodic run', async (t) => {
  const runs: boolean[] = []
  const { runner } = runnerOf(t, async (isPeriodic) => void runs.push(isPeriodic))
  runner.request()
  for (let i = 0; i < 25; i++) {
    await tick(100)
    runner.request()
    await settle()
  }
  t.equal(runs.filter(Boolean).length, 2, 'at 1000 and at 2000 ms')
  await runner.close()
})

t.test('one run at a time: a request during a run is served by another one', async (t) => {
  let finish = (): void => {}
  let running = 0
  let most = 0
  let count = 0
  const { runner } = runnerOf(t, async () => {
    most = Math.max(most, ++running)
    count++
    await new Promise<void>((resolve) => (finish = resolve))
    running--
  })
  runner.request()
  await settle()
  runner.request()
  await settle()
  t.equal(count, 1)
  finish()
  await settle()
  await tick(100)
  t.equal(count, 2)
  finish()
  await runner.close()
  t.equal(most, 1)
})

t.test('a failure is told and tried again with growing pauses, until it succeeds', async (t) => {
  let fails = 2
  let count = 0
  const { runner, failures } = runnerOf(t, async () => {
    count++
    if (fails-- > 0) throw new Error('no')
  })
  runner.request()
  await settle()
  t.equal(failures.length, 1)
  await tick(599)
  t.equal(count, 1)
  await tick(1)
  t.equal(count, 2, 'after minPeriodMs and 500 ms')
  await tick(1099)
  t.equal(count, 2)
  await tick(1)
  t.equal(count, 3, 'after minPeriodMs and 1000 ms')
  t.equal(failures.length, 2)
  await tick(500)
  t.equal(count, 3, 'and then no more')
  await runner.close()
})

t.test('a request is not held back by the pause after a failure', async (t) => {
  let count = 0
  const { runner } = runnerOf(t, async () => {
    count++
    if (count <= 5) throw new Error('no')
  })
  runner.request()
  await settle()
  for (const pauseMs of [600, 1100, 2100, 4100]) await tick(pauseMs)
  t.equal(count, 5, 'the next retry is 8 s away')
  await tick(100)
  runner.request()
  await settle()
  t.equal(count, 6)
  await runner.close()
})

t.test('now() runs at once within the pause, and after the run that is under way', async (t) => {
  let count = 0
  const { runner } = runnerOf(t, async () => {
    count++
    await settle()
  })
  await runner.now()
  t.equal(count, 1)
  await runner.now()
  t.equal(count, 2)
  runner.request() // waits for the pause
  const both = runner.now()
  await both
  t.equal(count, 3)
  await tick(100)
  t.equal(count, 3, 'the request was served by it')
  await runner.close()
})

t.test('tells for how long the oldest request waits', async (t) => {
  let fails = 1
  let finish = (): void => {}
  const { runner } = runnerOf(t, async () => {
    if (fails-- > 0) throw new Error('no')
    await new Promise<void>((resolve) => (finish = resolve))
  })
  t.equal(runner.waitingMs, 0)
  runner.request()
  await tick(300)
  t.equal(runner.waitingMs, 300, 'the run has failed')
  await tick(310)
  runner.request()
  await tick(10)
  t.equal(runner.waitingMs, 620, 'the run is under way')
  finish()
  await settle()
  t.equal(runner.waitingMs, 0, 'what came during the run begins to wait')
  await tick(5)
  t.equal(runner.waitingMs, 5)
  await tick(100)
  finish()
  await settle()
  t.equal(runner.waitingMs, 0)
  await tick(50)
  t.equal(runner.waitingMs, 0)
  await runner.close()
})

t.test('after close nothing runs', async (t) => {
  let count = 0
  const { runner } = runnerOf(t, async () => void count++)
  runner.request()
  await settle()
  await runner.close()
  await runner.close()
  runner.request()
  await runner.now()
  await tick(5000)
  t.equal(count, 1)
})

t.test('close waits for the run under way', async (t) => {
  let finish = (): void => {}
  const { runner } = runnerOf(t, () => new Promise<void>((resolve) => (finish = resolve)))
  runner.request()
  await settle()
  let isClosed = false
  const closing = runner.close().then(() => (isClosed = true))
  await settle()
  t.notOk(isClosed)
  finish()
  await closing
  t.ok(isClosed)
})
