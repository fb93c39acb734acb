import t from 'tap'
import { RecentHealth } from '../../../lib/observe/recent-health.ts'
import { healthOf } from '../../fixtures/proxier-health.ts'

t.test('a Proxier is asked once a second at most, whatever becomes of the clock', async (t) => {
  let asked = 0
  let nowMs = 5000
  const proxier = { health: async () => healthOf({ waitingMs: ++asked }) }
  const recent = new RecentHealth(proxier, () => nowMs)
  const times: [nowMs: number, asked: number][] = []
  for (nowMs of [5000, 5000, 5999, 6000, 6999, 3000, 3999, 4000]) {
    times.push([nowMs, (await recent.get()).waitingMs])
  }
  t.same(times, [
    [5000, 1],
    [5000, 1],
    [5999, 1],
    [6000, 2],
    [6999, 2],
    [3000, 3],
    [3999, 3],
    [4000, 4],
  ])
})

t.test('the first time is no matter of the clock', async (t) => {
  const recent = new RecentHealth({ health: async () => healthOf({ waitingMs: 7 }) }, () => 0)
  t.match(await recent.get(), { waitingMs: 7 })
})

t.test('also that it cannot be asked is remembered for a second only', async (t) => {
  let nowMs = 0
  let isBad = true
  const health = async () => {
    if (isBad) throw new Error('no idea')
    return healthOf()
  }
  const recent = new RecentHealth({ health }, () => nowMs)
  await t.rejects(recent.get(), { message: 'no idea' })
  isBad = false
  await t.rejects(recent.get(), { message: 'no idea' })
  nowMs = 1000
  t.match(await recent.get(), { isHealthy: true })
})
