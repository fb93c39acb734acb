import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ProxyError } from '../../../lib/errors.ts'
import { scanManifests, type ManifestFile } from '../../../lib/source/manifest-files.ts'
import { ManifestRecords } from '../../../lib/source/manifest-records.ts'

const { signal } = new AbortController()

/** A folder with a file in it, and what a look at that file sees. */
function fixture(t: Test) {
  const folder = t.testdir({ shop: {} })
  const path = join(folder, 'shop/a.yaml')
  return {
    write: (text: string) => writeFileSync(path, text),
    look: async () => {
      const { files } = await scanManifests([{ name: 'shop', path: join(folder, 'shop') }])
      return files.get(path) as ManifestFile
    },
  }
}

function objectsOf(records: ManifestRecords): string[] {
  return [...records.objects().values()].flat().map(({ object }) => object.name)
}

const service = (name: string) =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {ports: [{port: 80}]}\n---\nkind: Pod\n---\n`

t.test('a file that turns bad holds what it held', async (t) => {
  const { write, look } = fixture(t)
  const records = new ManifestRecords()
  write(service('web'))
  const good = await look()
  t.equal(records.has(good), false)
  t.strictSame(await records.read(good, signal), { problems: [], warnings: [], hasChanged: true })
  t.equal(records.has(good), true)
  write(service('Web'))
  const bad = await look()
  t.equal(records.has(bad), false)
  const { problems, hasChanged } = await records.read(bad, signal)
  t.match(problems, [{ message: /^shop\/a\.yaml:3:18: name is "Web"; / }])
  t.equal(hasChanged, false)
  t.equal(records.has(bad), true, 'what is bad is not read again')
  t.strictSame(objectsOf(records), ['web'])
  t.strictSame([...records.skippedKinds()], [['Pod', 1]])
  write(service('api') + service('web'))
  t.strictSame(await records.read(await look(), signal), {
    problems: [],
    warnings: [],
    hasChanged: true,
  })
  t.strictSame(objectsOf(records), ['api', 'web'])
  t.strictSame([...records.skippedKinds()], [['Pod', 2]])
})

t.test('a file that is changed while it is read is left for the next look', async (t) => {
  const { write, look } = fixture(t)
  const records = new ManifestRecords()
  write(service('web'))
  await records.read(await look(), signal)
  write(service('api'))
  const file = await look()
  write('')
  t.strictSame(await records.read(file, signal), { problems: [], warnings: [], hasChanged: false })
  t.equal(records.has(file), false)
  t.strictSame(objectsOf(records), ['web'])
  t.strictSame(await records.read(await look(), signal), {
    problems: [],
    warnings: [],
    hasChanged: true,
  })
  t.strictSame(objectsOf(records), [])
})

t.test('a file that was never good holds nothing', async (t) => {
  const { write, look } = fixture(t)
  const records = new ManifestRecords()
  write('x')
  await records.read(await look(), signal)
  t.strictSame(objectsOf(records), [])
  t.strictSame([...records.files()], [{ path: (await look()).path, root: (await look()).root }])
})

t.test('a file that cannot be read is tried again, and its fault told once', async (t) => {
  const { write, look } = fixture(t)
  const records = new ManifestRecords()
  write(service('web'))
  await records.read(await look(), signal)
  write(service('api'))
  const file = await look()
  const gone = { ...file, path: `${file.path}.gone` }
  const message = 'shop/a.yaml does not exist; a file or a folder would be right'
  t.match(await records.read(gone, signal), { problems: [{ code: 'ERR_SOURCE', message }] })
  t.equal(records.has(gone), false)
  t.strictSame(await records.read(gone, signal), { problems: [], warnings: [], hasChanged: false })
  t.equal(records.has(gone), false)
})

t.test('a file with a fault is not opened, and tried again when it has changed', async (t) => {
  const { write, look } = fixture(t)
  const records = new ManifestRecords()
  write(service('web'))
  const file = await look()
  await records.read(file, signal)
  const error = new ProxyError('ERR_SOURCE', 'a FIFO')
  const fifo = { ...file, signature: 'other', fault: error }
  t.strictSame(await records.read(fifo, signal), {
    problems: [error],
    warnings: [],
    hasChanged: false,
  })
  t.equal(records.has(fifo), true)
  t.strictSame(objectsOf(records), ['web'])
  t.strictSame(await records.read({ ...fifo, signature: 'third' }, signal), {
    problems: [],
    warnings: [],
    hasChanged: false,
  })
})

t.test('a forgotten file holds nothing', async (t) => {
  const { write, look } = fixture(t)
  const records = new ManifestRecords()
  write(service('web'))
  const file = await look()
  await records.read(file, signal)
  records.forget(file.path)
  t.strictSame([...records.files()], [])
  t.strictSame(objectsOf(records), [])
  t.equal(records.has(file), false)
})
