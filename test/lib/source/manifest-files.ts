import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import t from 'tap'
import { ProxyError } from '../../../lib/errors.ts'
import { readManifest, scanManifests } from '../../../lib/source/manifest-files.ts'
import { withoutRoot } from '../../fixtures/without-root.ts'

const { signal } = new AbortController()

/** Looks at paths in a folder, which messages and results show as if it were the working directory. */
async function look(folder: string, ...names: string[]) {
  const scan = await scanManifests(names.map((name) => ({ name, path: join(folder, name) })))
  return {
    files: [...scan.files.values()].map(({ name, fault }) =>
      fault ? `${name}: ${fault.message}` : name,
    ),
    faults: [...scan.faults.values()].map(({ code, message }) => `${code} ${message}`),
    folders: [...scan.folders.keys()].map((path) => relative(folder, path)),
    signatures: [...scan.files.values()].map(({ signature }) => signature),
  }
}

t.test('of a folder the manifests count, not those of folders in it', async (t) => {
  const folder = t.testdir({
    shop: {
      'b.yaml': '',
      'a.yml': '',
      'c.json': '',
      'README.md': '',
      '.hidden.yaml': '',
      'web.yaml.bak': '',
      yaml: '',
      'folder.yaml': { 'd.yaml': '' },
    },
    empty: {},
  })
  const { files, faults, folders } = await look(folder, 'shop', 'empty')
  t.strictSame(files, ['shop/a.yml', 'shop/b.yaml', 'shop/c.json'])
  t.strictSame(faults, [])
  t.strictSame(folders, ['shop', 'empty'])
})

t.test('a file counts whatever its name is, and its folder is watched', async (t) => {
  const folder = t.testdir({ shop: { manifests: '', '.hidden.yaml': '' } })
  const { files, folders } = await look(folder, 'shop/manifests', 'shop/.hidden.yaml')
  t.strictSame(files, ['shop/manifests', 'shop/.hidden.yaml'])
  t.strictSame(folders, ['shop'])
})

t.test('a file that two paths lead to is there once', async (t) => {
  const folder = t.testdir({ shop: { 'a.yaml': '' } })
  t.strictSame((await look(folder, 'shop', 'shop/a.yaml')).files, ['shop/a.yaml'])
})

t.test('what is not there is a fault', async (t) => {
  const folder = t.testdir({ 'a.yaml': '' })
  const { faults, folders } = await look(folder, 'none.yaml', 'no/such/folder', 'a.yaml/b')
  t.strictSame(faults, [
    'ERR_SOURCE none.yaml does not exist; a file or a folder would be right',
    'ERR_SOURCE no/such/folder does not exist; a file or a folder would be right',
    'ERR_SOURCE a.yaml/b cannot be read (ENOTDIR); a file or a folder that this user may read would be right',
  ])
  t.strictSame(folders, ['', 'a.yaml'])
})

t.test('what cannot be read without waiting is not opened', async (t) => {
  const folder = t.testdir({ shop: { 'dangling.yaml': t.fixture('symlink', 'nothing') } })
  execFileSync('mkfifo', [join(folder, 'shop/fifo.yaml')])
  // The path of a socket has to be short.
  const short = mkdtempSync(join(tmpdir(), 'socket-'))
  t.teardown(() => rmSync(short, { recursive: true }))
  const server = createServer().listen(join(short, 's'))
  t.teardown(() => server.close())
  await once(server, 'listening')
  symlinkSync(join(short, 's'), join(folder, 'shop/socket.yaml'))
  symlinkSync('/dev/null', join(folder, 'shop/device.yaml'))
  const right = 'a file or a folder would be right'
  const { files } = await look(folder, 'shop')
  t.strictSame(files, [
    `shop/dangling.yaml: shop/dangling.yaml does not exist; ${right}`,
    `shop/device.yaml: shop/device.yaml is a device; ${right}`,
    `shop/fifo.yaml: shop/fifo.yaml is a FIFO; ${right}`,
    `shop/socket.yaml: shop/socket.yaml is a socket; ${right}`,
  ])
  t.strictSame((await look(folder, 'shop/fifo.yaml')).faults, [
    `ERR_SOURCE shop/fifo.yaml is a FIFO; ${right}`,
  ])
  t.match(
    await readManifest({ name: 'fifo', path: join(folder, 'shop/fifo.yaml') }, signal),
    Buffer.alloc(0),
    'and if it were, nobody would wait',
  )
})

t.test('a file that is too long is not opened', async (t) => {
  const folder = t.testdir({ 'a.yaml': '', 'b.yaml': '' })
  truncateSync(join(folder, 'a.yaml'), 32 * 2 ** 20)
  truncateSync(join(folder, 'b.yaml'), 33 * 2 ** 20)
  t.strictSame((await look(folder, 'a.yaml', 'b.yaml')).files, [
    'a.yaml',
    'b.yaml: b.yaml is 33.0 MiB long; several files of at most 32 MiB would be right',
  ])
})

t.test('every change changes the signature, and nothing else does', async (t) => {
  const folder = t.testdir({ shop: { 'a.yaml': 'a' }, other: { 'a.yaml': 'a' } })
  const file = join(folder, 'shop/a.yaml')
  const seen = new Set<string | undefined>()
  const signature = async () => (await look(folder, 'shop')).signatures[0]
  const changes: [string, () => void][] = [
    ['as it was', () => {}],
    ['longer', () => appendFileSync(file, 'b')],
    ['replaced', () => renameSync(join(folder, 'other/a.yaml'), file)],
    ['gone', () => rmSync(file)],
    ['back', () => writeFileSync(file, 'a')],
    ['another kind', () => (rmSync(file), execFileSync('mkfifo', [file]))],
  ]
  for (const [what, change] of changes) {
    change()
    const first = await signature()
    t.equal(await signature(), first, `the same at the second look: ${what}`)
    t.notOk(seen.has(first), `another one: ${what}`)
    seen.add(first)
  }
})

t.test('the swap of a ConfigMap is a change', async (t) => {
  const folder = t.testdir({
    '..1': { 'a.yaml': 'same' },
    '..2': { 'a.yaml': 'same' },
    '..data': t.fixture('symlink', '..1'),
    'a.yaml': t.fixture('symlink', '..data/a.yaml'),
  })
  const before = await look(folder, '.')
  t.strictSame(before.files, ['a.yaml'])
  symlinkSync('..2', join(folder, '..data_tmp'))
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
  const after = await look(folder, '.')
  t.strictSame(after.files, ['a.yaml'])
  t.not(after.signatures[0], before.signatures[0])
})

t.test('bytes come as they are, or the reason why not', async (t) => {
  const folder = t.testdir({ 'a.yaml': 'kind: Pod', b: {} })
  const read = (name: string) => readManifest({ name, path: join(folder, name) }, signal)
  t.strictSame(await read('a.yaml'), Buffer.from('kind: Pod'))
  const gone = await read('gone.yaml')
  t.match(gone, {
    code: 'ERR_SOURCE',
    message: /^gone\.yaml does not exist;/,
    cause: { code: 'ENOENT' },
  })
  const directory = await read('b')
  t.ok(
    directory instanceof ProxyError && directory.message.startsWith('b cannot be read (EISDIR);'),
  )
  await t.rejects(
    readManifest(
      { name: 'a', path: join(folder, 'a.yaml') },
      AbortSignal.abort(new Error('enough')),
    ),
    { message: 'enough' },
  )
})

t.test('what this user may not read is a fault', async (t) => {
  const folder = t.testdir({ shop: { 'a.yaml': '' }, 'a.yaml': '', hidden: { 'a.yaml': '' } })
  chmodSync(join(folder, 'a.yaml'), 0)
  chmodSync(join(folder, 'shop'), 0)
  // It may be listed, but what is in it may not be looked at.
  chmodSync(join(folder, 'hidden'), 0o444)
  const right = 'a file or a folder that this user may read would be right'
  await withoutRoot(async () => {
    const { faults, files } = await look(folder, 'shop', 'shop/a.yaml', 'hidden')
    t.strictSame(faults, [
      `ERR_SOURCE shop cannot be read (EACCES); ${right}`,
      `ERR_SOURCE shop/a.yaml cannot be read (EACCES); ${right}`,
    ])
    t.strictSame(files, [`hidden/a.yaml: hidden/a.yaml cannot be read (EACCES); ${right}`])
    const bytes = await readManifest({ name: 'a.yaml', path: join(folder, 'a.yaml') }, signal)
    t.match(bytes, { code: 'ERR_SOURCE', message: `a.yaml cannot be read (EACCES); ${right}` })
  })
  chmodSync(join(folder, 'shop'), 0o755)
  chmodSync(join(folder, 'hidden'), 0o755)
})
