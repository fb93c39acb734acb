import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ManifestFollower } from '../../../lib/source/manifest-follower.ts'
import { scanManifests } from '../../../lib/source/manifest-files.ts'
import { ManifestLedger } from '../../../lib/source/manifest-ledger.ts'
import { ManifestRecords } from '../../../lib/source/manifest-records.ts'
import { RecordingListener } from '../../fixtures/recording-listener.ts'
import { withoutRoot } from '../../fixtures/without-root.ts'

const service = (name: string, port = 80) =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {ports: [{port: ${port}}]}\n`

/** A follower of a folder, which has not read anything yet. */
async function fixture(t: Test, { debounceMs = 5, pollMs = 20 } = {}) {
  const folder = t.testdir({ shop: {} })
  const paths = [{ name: 'shop', path: join(folder, 'shop') }]
  const scan = await scanManifests(paths)
  const closing = new AbortController()
  const listener = new RecordingListener()
  const parts = { paths, scan, listener, debounceMs, pollMs, signal: closing.signal }
  return {
    listener,
    path: (name: string) => join(folder, 'shop', name),
    write: (name: string, text: string) => writeFileSync(join(folder, 'shop', name), text),
    follow: () => {
      const follower = new ManifestFollower({
        ...parts,
        records: new ManifestRecords(),
        ledger: new ManifestLedger(),
      })
      const close = async () => {
        closing.abort(new Error('closed'))
        await follower.close()
      }
      t.teardown(close)
      return { close }
    },
  }
}

t.test('a change is heard of, long before it would be seen', async (t) => {
  const { listener, write, follow } = await fixture(t, { pollMs: 60_000 })
  follow()
  write('a.yaml', service('a'))
  t.strictSame(await listener.next(), ['set Service default/a'])
  write('a.yaml', service('a', 81))
  t.strictSame(await listener.next(), ['set Service default/a'])
})

t.test(
  'a field that the API does not have is told when it comes, though nothing changes',
  async (t) => {
    const { listener, write, follow } = await fixture(t)
    write('a.yaml', service('a'))
    follow()
    t.strictSame(await listener.next(), ['set Service default/a'])
    const misspelt = `${service('a')}status: {laodBalancer: {}}\n`
    write('a.yaml', misspelt)
    t.match(await listener.next(), [/^warning shop\/a\.yaml:5:10: laodBalancer is no field/])
    write('a.yaml', `${misspelt}metadata: {}\n`)
    t.match(
      await listener.next(),
      [/^problem /],
      'what it holds is not taken, and neither are its warnings',
    )
    write('a.yaml', misspelt.replace('80', '81'))
    t.strictSame(await listener.next(), ['set Service default/a'], 'not again')
    write('a.yaml', `# now on line 6\n${misspelt}`)
    t.match(await listener.next(), [/^warning shop\/a\.yaml:6:10: laodBalancer is no field/])
  },
)

t.test('a change that nobody heard of is seen', async (t) => {
  const { listener, write, follow } = await fixture(t)
  // It is there before the first watch.
  write('a.yaml', service('a'))
  follow()
  t.strictSame(await listener.next(), ['set Service default/a'])
})

t.test('a file that this user may not read is told once, and read when it may be', async (t) => {
  const { listener, path, write, follow } = await fixture(t)
  write('a.yaml', service('a'))
  chmodSync(path('a.yaml'), 0)
  await withoutRoot(async () => {
    follow()
    t.strictSame(await listener.next(), [
      'problem shop/a.yaml cannot be read (EACCES); a file or a folder that this user may read would be right',
    ])
  })
  // Some looks at the unreadable file later, another one is told of, and nothing else.
  write('b.yaml', service('b'))
  chmodSync(path('a.yaml'), 0o644)
  t.strictSame((await listener.next(2)).sort(), ['set Service default/a', 'set Service default/b'])
})

t.test('a fault of the listener does not end the following', async (t) => {
  const { listener, write, follow } = await fixture(t)
  const fault = new Error('listener')
  const { set } = listener
  listener.set = () => {
    listener.set = set
    throw fault
  }
  follow()
  write('a.yaml', service('a'))
  t.strictSame(await listener.next(), [
    'problem manifests could not be followed; it is tried again',
  ])
  t.equal(listener.problems[0]?.cause, fault)
  write('b.yaml', service('b'))
  t.strictSame(await listener.next(), ['set Service default/b'])
})

t.test('a look that is under way when all is closed tells no more', async (t) => {
  const { listener, write, follow } = await fixture(t)
  write('a.yaml', 'no manifest')
  write('b.yaml', service('b'))
  const { close } = follow()
  let closed: Promise<void> | undefined
  const { problem } = listener
  listener.problem = (error) => {
    closed = close()
    problem.call(listener, error)
  }
  await listener.next()
  await closed
  t.strictSame(listener.take(), [])
})

t.test('objects that moved from one file to another are no change', async (t) => {
  const { listener, path, write, follow } = await fixture(t)
  write('a.yaml', service('a'))
  follow()
  await listener.next()
  rmSync(path('a.yaml'))
  write('b.yaml', `${service('a')}---\n${service('b')}`)
  t.strictSame(await listener.next(), ['set Service default/b'])
})
