import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import t, { type Test } from 'tap'
import type { ProxyError } from '../../../lib/errors.ts'
import { ManifestSource } from '../../../lib/source/manifest-source.ts'
import { RecordingListener } from '../../fixtures/recording-listener.ts'

const service = (name: string, port: number | string = 80) =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}, namespace: shop}\nspec: {ports: [{port: ${port}}]}\n`

/** A source of paths in a folder; messages name them as if the folder were the working directory. */
function fixture(t: Test, content: NonNullable<Parameters<Test['testdir']>[0]>, paths = ['shop']) {
  const folder = t.testdir(content)
  const shown = relative(process.cwd(), folder)
  const source = new ManifestSource({
    paths: paths.map((path) => join(shown, path)),
    debounceMs: 10,
    pollMs: 50,
  })
  t.teardown(() => source.close())
  const listener = new RecordingListener()
  const local = (text: string) => text.replaceAll(`${shown}/`, '')
  return {
    source,
    listener,
    path: (name: string) => join(folder, name),
    write: (name: string, text: string) => writeFileSync(join(folder, name), text),
    start: async () => {
      await source.start(listener)
      return listener.take()
    },
    failure: async () => {
      try {
        await source.start(listener)
      } catch (error) {
        const { code, message } = error as ProxyError
        return { code, lines: local(message).split('\n'), told: listener.take() }
      }
      throw new Error('it has started')
    },
    next: async (count?: number) => (await listener.next(count)).map(local),
  }
}

t.test('at the start, all that is in the files is told', async (t) => {
  const { source, start, listener } = fixture(
    t,
    {
      shop: { 'b.yaml': service('b') + '---\nkind: Pod\n', 'a.yaml': service('a') },
      'more.yaml': `kind: Pod\n---\n${service('c')}`,
    },
    ['shop', 'more.yaml'],
  )
  t.strictSame(await start(), ['set Service shop/a', 'set Service shop/b', 'set Service shop/c'])
  t.strictSame([...source.skippedKinds], [['Pod', 2]])
  t.match(source.description, /^manifests .*shop, .*more\.yaml$/)
  t.strictSame(listener.problems, [])
})

t.test('fields that the API does not have are no error', async (t) => {
  const { source, start } = fixture(t, {
    shop: { 'a.yaml': `${service('a')}status: {laodBalancer: {}}\n`, 'b.yaml': service('b') },
  })
  t.strictSame(source.warnings, [])
  t.match(await start(), [
    'set Service shop/a',
    'set Service shop/b',
    /^warning .*a\.yaml:5:10: laodBalancer is no .*; loadBalancer would be right$/,
  ])
  t.match(source.warnings, [/a\.yaml:5:10: laodBalancer is no .*; loadBalancer would be right$/])
})

t.test('an empty folder is legal', async (t) => {
  const { start, write, next } = fixture(t, { shop: {} })
  t.strictSame(await start(), [])
  write('shop/a.yaml', service('a'))
  t.strictSame(await next(), ['set Service shop/a'])
})

t.test('at the start every problem of every file is an error, and nothing is told', async (t) => {
  const { failure } = fixture(
    t,
    {
      shop: {
        'a.yaml': service('a', 0),
        'b.yaml': service('b'),
        'c.yaml': `${service('b')}---\n${service('C')}`,
      },
    },
    ['shop', 'none.yaml'],
  )
  t.strictSame(await failure(), {
    code: 'ERR_INVALID_MANIFEST',
    lines: [
      'none.yaml does not exist; a file or a folder would be right',
      'shop/a.yaml:4:23: port is 0; a number from 1 to 65535 would be right',
      'shop/c.yaml:8:18: name is "C"; a DNS label (at most 63 of a-z, 0-9 and "-", no "-" at either end) would be right',
    ],
    told: [],
  })
})

t.test('a path that is not there, and one that is a FIFO', async (t) => {
  const { failure, path } = fixture(t, {}, ['none.yaml', 'fifo.yaml'])
  execFileSync('mkfifo', [path('fifo.yaml')])
  t.strictSame(await failure(), {
    code: 'ERR_SOURCE',
    lines: [
      'none.yaml does not exist; a file or a folder would be right',
      'fifo.yaml is a FIFO; a file or a folder would be right',
    ],
    told: [],
  })
})

t.test('one object in two files', async (t) => {
  const { failure } = fixture(t, { shop: { 'a.yaml': service('a'), 'b.yaml': service('a') } })
  t.strictSame(await failure(), {
    code: 'ERR_INVALID_MANIFEST',
    lines: [
      'shop/b.yaml:1:1: Service shop/a is also at shop/a.yaml:1:1; one of the two would be right',
    ],
    told: [],
  })
})

t.test('options that cannot be', async (t) => {
  const table: [ConstructorParameters<typeof ManifestSource>[0], string][] = [
    [{ paths: [] }, 'paths is empty; at least one file or folder would be right'],
    [
      { paths: ['a'], debounceMs: 0 },
      'debounceMs is 0; a whole number from 1 to 60000 ms would be right',
    ],
    [
      { paths: ['a'], pollMs: 1.5 },
      'pollMs is 1.5; a whole number from 1 to 60000 ms would be right',
    ],
    [
      { paths: ['a'], pollMs: 60_001 },
      'pollMs is 60001; a whole number from 1 to 60000 ms would be right',
    ],
  ]
  for (const [options, message] of table) {
    t.throws(() => new ManifestSource(options), { code: 'ERR_INVALID_OPTION', message })
  }
})

t.test('of a changed file only what has changed is told', async (t) => {
  const { start, write, next } = fixture(t, {
    shop: { 'a.yaml': `${service('a')}---\n${service('b')}` },
  })
  await start()
  write('shop/a.yaml', `${service('b')}---\n${service('c')}`)
  t.strictSame(await next(2), ['set Service shop/c', 'delete Service shop/a'])
})

t.test('a file that turns bad keeps what it held, and is named once', async (t) => {
  const { start, write, next, listener } = fixture(t, { shop: { 'a.yaml': service('a') } })
  await start()
  write('shop/a.yaml', service('a', '"81"'))
  t.strictSame(await next(), [
    'problem shop/a.yaml:4:23: port is "81" (a string); a number from 1 to 65535 would be right',
  ])
  // A change of another file shows that several looks later nothing more was told of the bad one.
  write('shop/b.yaml', service('b'))
  t.strictSame(await next(), ['set Service shop/b'])
  t.match(listener.objects.get('Service/shop/a'), { ports: [{ port: 80 }] })
  write('shop/a.yaml', service('a', 82))
  t.strictSame(await next(), ['set Service shop/a'])
  t.match(listener.objects.get('Service/shop/a'), { ports: [{ port: 82 }] })
})

t.test('several problems of a file are told as one', async (t) => {
  const { start, write, next, listener } = fixture(t, { shop: {} })
  await start()
  write('shop/a.yaml', service('A', 0))
  await next()
  t.equal(listener.problems.length, 1)
  t.match(listener.problems[0]?.message, /:3:18: name is "A".*\n.*:4:23: port is 0/)
})

t.test('the objects of a file that vanishes from its folder are deleted', async (t) => {
  const { start, path, next } = fixture(t, {
    shop: { 'a.yaml': service('a'), 'b.yaml': service('b') },
  })
  await start()
  rmSync(path('shop/a.yaml'))
  t.strictSame(await next(), ['delete Service shop/a'])
})

t.test('a folder that vanishes keeps what it held, and is picked up when it is back', async (t) => {
  const { start, path, write, next } = fixture(t, {
    shop: { 'a.yaml': service('a'), 'b.yaml': service('b') },
  })
  await start()
  renameSync(path('shop'), path('away'))
  t.strictSame(await next(), ['problem shop does not exist; a file or a folder would be right'])
  mkdirSync(path('shop'))
  write('shop/a.yaml', service('a', 81))
  t.strictSame((await next(2)).sort(), ['delete Service shop/b', 'set Service shop/a'])
  write('shop/c.yaml', service('c'))
  t.strictSame(await next(), ['set Service shop/c'], 'the new folder is watched')
})

t.test('a file that was given and vanishes keeps what it held', async (t) => {
  const { start, path, write, next } = fixture(t, { 'a.yaml': service('a') }, ['a.yaml'])
  await start()
  rmSync(path('a.yaml'))
  t.strictSame(await next(), ['problem a.yaml does not exist; a file or a folder would be right'])
  execFileSync('mkfifo', [path('a.yaml')])
  t.strictSame(await next(), ['problem a.yaml is a FIFO; a file or a folder would be right'])
  rmSync(path('a.yaml'))
  write('a.yaml', service('a', 81))
  t.strictSame(await next(), ['set Service shop/a'])
})

t.test('the same fault is told again after a time without it', async (t) => {
  const { start, path, write, next } = fixture(t, { 'a.yaml': service('a') }, ['a.yaml'])
  const fault = 'problem a.yaml does not exist; a file or a folder would be right'
  await start()
  for (const port of [81, 82]) {
    rmSync(path('a.yaml'))
    t.strictSame(await next(), [fault])
    write('a.yaml', service('a', port))
    t.strictSame(await next(), ['set Service shop/a'])
  }
})

t.test('a FIFO in a folder is named and not opened', async (t) => {
  const { start, path, write, next } = fixture(t, { shop: { 'b.yaml': service('b') } })
  await start()
  execFileSync('mkfifo', [path('shop/a.yaml')])
  t.strictSame(await next(), ['problem shop/a.yaml is a FIFO; a file or a folder would be right'])
  write('shop/b.yaml', service('b', 81))
  t.strictSame(await next(), ['set Service shop/b'])
})

t.test('an object in two files stays with the one that had it', async (t) => {
  const { start, path, write, next, listener } = fixture(t, { shop: { 'b.yaml': service('a') } })
  await start()
  write('shop/a.yaml', `${service('a', 81)}---\n${service('c')}`)
  t.strictSame(await next(2), [
    'set Service shop/c',
    'problem shop/a.yaml:1:1: Service shop/a is also at shop/b.yaml:1:1; one of the two would be right',
  ])
  t.match(listener.objects.get('Service/shop/a'), { ports: [{ port: 80 }] })
  rmSync(path('shop/b.yaml'))
  t.strictSame(await next(), ['set Service shop/a'])
  t.match(listener.objects.get('Service/shop/a'), { ports: [{ port: 81 }] })
})

t.test('the swap of a mounted ConfigMap is one change', async (t) => {
  const { start, path, next, listener } = fixture(t, {
    shop: {
      '..1': { 'a.yaml': service('a'), 'b.yaml': service('b') },
      '..2': { 'a.yaml': service('a', 81), 'b.yaml': service('b') },
      '..data': t.fixture('symlink', '..1'),
      'a.yaml': t.fixture('symlink', '..data/a.yaml'),
      'b.yaml': t.fixture('symlink', '..data/b.yaml'),
    },
  })
  await start()
  symlinkSync('..2', path('shop/..data_tmp'))
  renameSync(path('shop/..data_tmp'), path('shop/..data'))
  t.strictSame(await next(), ['set Service shop/a'])
  t.match(listener.objects.get('Service/shop/a'), { ports: [{ port: 81 }] })
})

t.test('an editor that replaces a file makes one change of it', async (t) => {
  const { start, path, write, next } = fixture(t, { shop: { 'a.yaml': service('a') } })
  await start()
  write('shop/.a.yaml.swp', service('a', 81))
  renameSync(path('shop/a.yaml'), path('shop/a.yaml~'))
  renameSync(path('shop/.a.yaml.swp'), path('shop/a.yaml'))
  t.strictSame(await next(), ['set Service shop/a'])
  write('shop/b.yaml', service('b'))
  t.strictSame(await next(), ['set Service shop/b'])
})

t.test('a file that is emptied, and stays so, holds nothing', async (t) => {
  const { start, write, next } = fixture(t, { shop: { 'a.yaml': service('a') } })
  await start()
  write('shop/a.yaml', '')
  t.strictSame(await next(), ['delete Service shop/a'])
})

t.test('after close nothing is told', async (t) => {
  const { source, start, write, listener } = fixture(t, { shop: { 'a.yaml': service('a') } })
  await start()
  write('shop/a.yaml', service('a', 81))
  await source[Symbol.asyncDispose]()
  await source.close()
  t.strictSame(listener.take(), [])
})

t.test('a source that is closed while it starts does not start', async (t) => {
  const { source, start, listener } = fixture(t, { shop: { 'a.yaml': service('a') } })
  const started = start()
  await source.close()
  await t.rejects(started, {
    code: 'ERR_CLOSED',
    message: /^manifests .*shop: closed while being read$/,
  })
  t.strictSame(listener.take(), [])
})
