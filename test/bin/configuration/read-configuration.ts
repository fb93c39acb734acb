import { writeFile } from 'node:fs/promises'
import t from 'tap'
import { readConfiguration } from '../../../bin/configuration/read-configuration.ts'

const head = 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n'

t.test('reads a file, and names it in what it says', async (t) => {
  const path = `${t.testdir({ 'kube-proxy.yaml': `${head}portRange: 8000-8999\nports: 1\n` })}/kube-proxy.yaml`
  t.same(await readConfiguration(path), {
    flags: { 'proxy-port-range': '8000-8999' },
    notes: [`${path}:4:1: ports is no field of KubeProxyConfiguration and is ignored`],
  })
  await writeFile(path, `${head}portRange: 1\n`)
  await t.rejects(readConfiguration(path), {
    code: 'ERR_INVALID_OPTION',
    message: `${path}:3:12: portRange is 1; a text would be right`,
  })
})

t.test('reads a megabyte, and no byte more', async (t) => {
  const text = head.padEnd(1024 * 1024, '#')
  const dir = t.testdir({ good: text, long: `${text}#` })
  t.same(await readConfiguration(`${dir}/good`), { flags: {}, notes: [] })
  await t.rejects(readConfiguration(`${dir}/long`), {
    name: 'CommandError',
    exitCode: 2,
    message: `--config ${dir}/long is longer than 1 MiB; a shorter file would be right`,
  })
})

t.test('a device without an end is not read to its end', async (t) => {
  await t.rejects(readConfiguration('/dev/zero'), { exitCode: 2, message: /is longer than 1 MiB/ })
})

t.test('what cannot be read is wrong use, and Node says why', async (t) => {
  const dir = t.testdir()
  const nowhere = `--config ${dir}/nowhere.yaml cannot be read: ENOENT`
  await t.rejects(readConfiguration(`${dir}/nowhere.yaml`), { exitCode: 2, message: nowhere })
  await t.rejects(readConfiguration(dir), {
    exitCode: 2,
    message: `--config ${dir} cannot be read: EISDIR`,
    cause: { code: 'EISDIR' },
  })
  await t.rejects(readConfiguration(`${dir}/\0`), {
    exitCode: 2,
    message: /cannot be read: ERR_INVALID_ARG_VALUE$/,
  })
})
