import t from 'tap'
import type { Lab } from '../../../lib/lab/lab.ts'
import type { LevelChoice } from '../../../lib/lab/level.ts'
import { openLab } from '../../../lib/lab/open-lab.ts'
import { readProbe } from '../../../lib/lab/network/probe-script.ts'

t.test('on loopback it says why, and what would help', async (t) => {
  const choice: LevelChoice = { level: 'loopback', why: 'no unshare', help: 'root', modes: [] }
  const openNetwork = () => Promise.reject(new Error('not this one'))
  const lab = await openLab({}, { choose: async () => choice, openNetwork })
  t.teardown(() => lab.close())
  t.equal(lab.description.level, 'loopback')
  t.equal(lab.description.reason, 'no unshare. try: root')
})

t.test('loopback can be asked for', async (t) => {
  const lab = await openLab({ level: 'loopback' })
  t.teardown(() => lab.close())
  t.equal(lab.description.level, 'loopback')
  t.equal(lab.description.reason, '')
})

t.test('in namespaces it is opened with what was found there', async (t) => {
  const probe = readProbe('')
  const choice: LevelChoice = { level: 'rootless', why: '', help: '', modes: [], probe }
  const opened: unknown[] = []
  const lab = {} as Lab
  const openNetwork = async (options: unknown): Promise<Lab> => {
    opened.push(options)
    return lab
  }
  t.equal(await openLab({}, { choose: async () => choice, openNetwork }), lab)
  t.same(opened, [{ level: 'rootless', reason: '', modes: [], probe }])
})
