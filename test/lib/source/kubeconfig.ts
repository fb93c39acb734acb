import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readKubeconfig } from '../../../lib/source/kubeconfig.ts'

const good = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'kind',
  contexts: [
    { name: 'kind', context: { cluster: 'kind', user: 'admin' } },
    { name: 'anonymous', context: { cluster: 'kind' } },
    { name: 'pod', context: { cluster: 'kind', user: 'pod' } },
    { name: 'broken', context: { cluster: 'nowhere', user: 'admin' } },
    { name: 'nobody', context: { cluster: 'kind', user: 'ghost' } },
    { name: 'file', context: { cluster: 'file', user: 'admin' } },
    { name: 'word', context: { cluster: 'word', user: 'admin' } },
    { name: 'number', context: { cluster: 'number', user: 'admin' } },
  ],
  clusters: [
    { name: 'kind', cluster: { server: 'https://127.0.0.1:6443', 'proxy-url': 'http://p:1' } },
    { name: 'file', cluster: { server: 'file:///etc/passwd' } },
    { name: 'word', cluster: { server: 'https://' } },
    { name: 'number', cluster: { server: 6443 } },
    5,
  ],
  users: [
    { name: 'admin', user: { token: 'secret' } },
    { name: 'pod', user: { token: 'old', tokenFile: 'token' } },
  ],
}

function write(t: Test, text: string): string {
  const path = join(t.testdir(), 'config')
  writeFileSync(path, text)
  return path
}

t.test('only what was chosen is left', async (t) => {
  const path = write(t, JSON.stringify(good))
  t.strictSame(await readKubeconfig(path), {
    'current-context': 'kind',
    contexts: [{ name: 'kind', context: { cluster: 'kind', user: 'admin' } }],
    clusters: [good.clusters[0]],
    users: [{ name: 'admin', user: { token: 'secret' } }],
  })
})

t.test('a context without a user is nobody', async (t) => {
  const path = write(t, JSON.stringify(good))
  t.match(await readKubeconfig(path, 'anonymous'), {
    contexts: [{ name: 'anonymous', context: { cluster: 'kind', user: 'nobody' } }],
    users: [{ name: 'nobody', user: {} }],
  })
})

t.test('tokenFile is told in the words of client-node, and goes before the token', async (t) => {
  const path = write(t, JSON.stringify(good))
  const config = { tokenFile: join(path, '../token') }
  const user = { token: undefined, 'auth-provider': { name: 'tokenFile', config } }
  t.match(await readKubeconfig(path, 'pod'), { users: [{ name: 'pod', user }] })
})

t.test('a fault is named with what would be right', async (t) => {
  const dir = t.testdir({ folder: {} })
  await t.rejects(readKubeconfig(join(dir, 'none')), {
    name: 'ProxyError',
    code: 'ERR_SOURCE',
    message: `kubeconfig ${dir}/none does not exist; a file that this user may read would be right`,
    cause: { code: 'ENOENT' },
  })
  await t.rejects(readKubeconfig(join(dir, 'folder')), {
    message: `kubeconfig ${dir}/folder cannot be read (EISDIR); a file that this user may read would be right`,
  })
  const path = join(dir, 'config')
  const contexts = good.contexts.map(({ name }) => `"${name}"`).join(', ')
  const { 'current-context': _, ...withoutCurrent } = good
  const table: readonly [unknown, string, string?][] = [
    ['', 'is no kubeconfig; a Config, as kubectl writes it, would be right'],
    ['[]', 'is no kubeconfig; a Config, as kubectl writes it, would be right'],
    [{}, 'has no current-context; the option context with one that is in the file would be right'],
    [
      withoutCurrent,
      `has no current-context; the option context with one of ${contexts} would be right`,
    ],
    [good, `has no context "none"; one of ${contexts} would be right`, 'none'],
    [
      good,
      'has no cluster "nowhere"; one of "kind", "file", "word", "number" would be right',
      'broken',
    ],
    [good, 'has no user "ghost"; one of "admin", "pod" would be right', 'nobody'],
    [
      good,
      'has a cluster whose server is "file:///etc/passwd"; https://ADDRESS:PORT would be right',
      'file',
    ],
    [good, 'has a cluster whose server is "https://"; https://ADDRESS:PORT would be right', 'word'],
    [good, 'has a cluster whose server is 6443; https://ADDRESS:PORT would be right', 'number'],
    [
      { 'current-context': 'a', contexts: [{ name: 'a', context: {} }] },
      'has no cluster missing; one that is in the file would be right',
    ],
  ]
  for (const [contents, message, context] of table) {
    writeFileSync(path, typeof contents === 'string' ? contents : JSON.stringify(contents))
    await t.rejects(readKubeconfig(path, context), { message: `kubeconfig ${path} ${message}` })
  }
})

t.test('what is no YAML is named with its place, but not shown', async (t) => {
  const path = write(t, 'users:\n- name: a\n  token: "hunter2\n')
  await t.rejects(readKubeconfig(path), {
    code: 'ERR_SOURCE',
    message: `kubeconfig ${path}:4:1 is no YAML (MISSING_CHAR); YAML would be right`,
    cause: undefined,
  })
  writeFileSync(path, 'a: *hunter2')
  await t.rejects(readKubeconfig(path), {
    code: 'ERR_SOURCE',
    message: `kubeconfig ${path} has an alias without an anchor; YAML would be right`,
    cause: undefined,
  })
})

t.test(
  'a file that may not be read',
  { skip: process.getuid?.() === 0 && 'root may' },
  async (t) => {
    const path = write(t, '')
    chmodSync(path, 0)
    await t.rejects(readKubeconfig(path), { message: /cannot be read \(EACCES\)/ })
  },
)
