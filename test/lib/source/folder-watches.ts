import { EventEmitter } from 'node:events'
import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { FolderWatches, type WatchFolder } from '../../../lib/source/folder-watches.ts'

/** Stands for `fs.watch`: knows what is watched, and can fail. */
class FakeWatcher extends EventEmitter {
  static open: FakeWatcher[] = []
  readonly folder: string
  readonly onChange: () => void

  constructor(folder: string, onChange: () => void) {
    super()
    this.folder = folder
    this.onChange = onChange
    FakeWatcher.open.push(this)
  }

  close(): void {
    FakeWatcher.open = FakeWatcher.open.filter((watcher) => watcher !== this)
  }
}

const watchFolder: WatchFolder = (folder, { persistent }, onChange) => {
  t.equal(persistent, false, 'a watch alone keeps no process alive')
  if (folder === '/none') throw new Error('ENOSPC')
  return new FakeWatcher(folder, onChange) as unknown as ReturnType<WatchFolder>
}

function open(): string[] {
  return FakeWatcher.open.map(({ folder }) => folder)
}

t.test('exactly the given folders are watched', async (t) => {
  let heard = 0
  const watches = new FolderWatches(() => heard++, watchFolder)
  watches.set(
    new Map([
      ['/a', '1'],
      ['/b', '1'],
    ]),
  )
  t.strictSame(open(), ['/a', '/b'])
  const [a] = FakeWatcher.open
  watches.set(
    new Map([
      ['/a', '1'],
      ['/c', '1'],
    ]),
  )
  t.strictSame(open(), ['/a', '/c'])
  t.equal(FakeWatcher.open[0], a, 'a folder that stays keeps its watch')
  a?.onChange()
  t.equal(heard, 1)
  watches.set(
    new Map([
      ['/a', '2'],
      ['/c', '1'],
    ]),
  )
  t.strictSame(open(), ['/c', '/a'], 'another folder of the name is watched anew')
  watches.close()
  t.strictSame(open(), [])
  watches.close()
})

t.test('a folder that cannot be watched is tried again', async (t) => {
  const watches = new FolderWatches(() => {}, watchFolder)
  watches.set(
    new Map([
      ['/none', '1'],
      ['/a', '1'],
    ]),
  )
  t.strictSame(open(), ['/a'])
  FakeWatcher.open[0]?.emit('error', new Error('gone'))
  t.strictSame(open(), [], 'a failed watch is closed')
  watches.set(new Map([['/a', '1']]))
  t.strictSame(open(), ['/a'])
  watches.close()
})

t.test('a change in a real folder is heard, also in its successor', async (t) => {
  const folder = join(t.testdir({ shop: {} }), 'shop')
  let hear = (): void => {}
  const watches = new FolderWatches(() => hear())
  t.teardown(() => watches.close())
  const alive = setInterval(() => {}, 1000) // a watch keeps no process alive, nor does a test that waits for it
  t.teardown(() => clearInterval(alive))
  const heard = () => new Promise<void>((resolve) => (hear = resolve))
  for (const round of [1, 2]) {
    watches.set(new Map([[folder, String(statSync(folder).ino)]]))
    const change = heard()
    writeFileSync(join(folder, 'a.yaml'), '')
    await change
    renameSync(folder, `${folder}-${round}`)
    mkdirSync(folder)
  }
})
