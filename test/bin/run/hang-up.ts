import { writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import t from 'tap'
import { hangUp } from '../../../bin/run/hang-up.ts'
import type { HangUpOptions } from '../../../bin/run/hang-up.ts'

/** What is logged when the file says something else than at the start, where `text` is given. */
async function said(t: Test, text?: string): Promise<string[]> {
  const lines: string[] = []
  const log = (_: object, message: string): void => void lines.push(message)
  const logger = { debug: log, info: log, warn: log, error: log } as HangUpOptions['logger']
  let opened = 0
  const connectionLog = { reopen: async () => void opened++ }
  const path = `${t.testdir()}/proxy.yaml`
  const flags = { 'cluster-cidr': '10.244.0.0/16', 'udp-timeout': '5s' }
  if (text !== undefined) writeFileSync(path, text)
  const configuration = text === undefined ? undefined : { flags, notes: [], path }
  await hangUp({ logger, configuration, connectionLog })
  t.equal(opened, 1, 'the connection log was opened anew')
  return lines.map((line) => line.replace(path, 'FILE'))
}

const header = 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n'
const usual = 'clusterCIDR: 10.244.0.0/16\n'

t.test('without a file there is nothing to read', async (t) => {
  t.same(await said(t), [
    'SIGHUP: manifests are watched; flags need a restart, without loss with --keeper',
  ])
})

t.test('a file that says what it said', async (t) => {
  t.same(await said(t, `${header}${usual}udpIdleTimeout: 5s\n`), ['SIGHUP: FILE says what it said'])
})

t.test('what has changed is named by the flags that say the same', async (t) => {
  t.same(await said(t, `${header}${usual}hostnameOverride: node-b\n`), [
    'SIGHUP: FILE has another --hostname-override, --udp-timeout, which needs a restart',
  ])
})

t.test('a file that turned bad is named, and nothing ends', async (t) => {
  const lines = await said(t, `${header}clusterCIDR: 10.244\n`)
  t.match(lines[0], /^SIGHUP: error: .*proxy\.yaml|^SIGHUP: error: FILE:3:/)
})
