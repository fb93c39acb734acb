import { globSync, readFileSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import t from 'tap'
import { ApiServer } from '../fixtures/api-server/api-server.ts'
import { assertBuilt, root, startNode } from '../fixtures/binary.ts'

/** What each example prints. Which pod comes first depends on port numbers, hence the groups. */
const outputs: Readonly<Record<string, RegExp>> = {
  '01-memory-source.ts': new RegExp(
    '^hello from (pod-.)\nhello from (?!\\1)(pod-.)\nhello from (?!\\1|\\2)pod-.\nhello from \\1\n' +
      'pod-2 is taken off the list\n' +
      '(?:hello from pod-[13]\n){3}$',
  ),
  '02-manifests.ts': new RegExp(
    '^shop/web:http has 2 usable endpoints of 3\nhello from web-1\nhello from web-2\n' +
      'shop/db is not proxied: headless Service: its clients dial the endpoints themselves\n' +
      'endpoint 127\\.0\\.0\\.1:18081 is usable\nendpoint 127\\.0\\.0\\.1:18082 is usable\n' +
      'endpoint 127\\.0\\.0\\.2:18082 .*not ready\n$',
  ),
  '03-session-affinity.ts': new RegExp(
    '^with affinity\n127\\.0\\.0\\.1 meets (pod-.)(?: \\1){3}\n127\\.0\\.0\\.2 meets (?!\\1)(pod-.)(?: \\2){3}\n' +
      'without\n127\\.0\\.0\\.1 meets (pod-.) (?!\\3)(pod-.) (?!\\3|\\4)pod-. \\3\n$',
  ),
  '04-udp.ts': new RegExp(
    '^(pod-.) heard anna one\n\\1 heard anna two\n(?!\\1)(pod-.) heard ben one\n\\2 heard ben two\n' +
      '2 flows are open\na flow ended: idle\n$',
  ),
  '05-own-scheduler.ts': /^\{ v1: 27, v2: 3 \}\n$/,
  '06-kubernetes.ts': new RegExp(
    '^kubeconfig \\S+, http://127\\.0\\.0\\.1:\\d+, endpoints of discovery\\.k8s\\.io/v1\n' +
      'shop/web:http TCP on 127\\.0\\.0\\.1:\\d+\n {2}1 of 2 endpoints are usable\n' +
      'shop/db is not proxied: ExternalName: a DNS alias, there is nothing to proxy\n$',
  ),
  '07-traffic-policies.ts': new RegExp(
    '^10\\.244\\.1\\.7 is for internal and external\n10\\.244\\.2\\.7 is for internal\n' +
      '10\\.244\\.3\\.7 is for nobody\nnode-1 is in the zone east now\n' +
      '10\\.244\\.3\\.7 is for internal\n10\\.244\\.1\\.7 is for external\n10\\.244\\.2\\.7 is for nobody\n$',
  ),
}

t.same(
  globSync('*.ts', { cwd: `${root}examples` }).sort(),
  Object.keys(outputs),
  'every example is run',
)

for (const [name, output] of Object.entries(outputs)) {
  t.test(`${name} prints what it should, ends by itself and is short`, async (t) => {
    assertBuilt()
    const env = name === '06-kubernetes.ts' ? { KUBECONFIG: await startCluster(t) } : {}
    const { code, stdout, stderr } = await startNode(t, [`examples/${name}`], { env }).exited
    t.match(stdout, output)
    t.equal(code, 0, stderr)
    t.ok(readFileSync(`${root}examples/${name}`, 'utf8').split('\n').length - 1 <= 60)
  })
}

t.test('without a kubeconfig, 06-kubernetes.ts says so', async (t) => {
  assertBuilt()
  for (const env of [{ HOME: t.testdir() }, { KUBECONFIG: `${t.testdir()}/nowhere` }]) {
    const { code, stdout, stderr } = await startNode(t, ['examples/06-kubernetes.ts'], { env })
      .exited
    t.same({ code, stdout }, { code: 1, stdout: '' })
    t.match(stderr, /^no cluster: \S+ is not there, and KUBECONFIG would say where it is\n$/)
  }
})

/** Returns the path of its kubeconfig. */
async function startCluster(t: Test): Promise<string> {
  const server = new ApiServer()
  await server.start()
  t.teardown(() => server.close())
  const metadata = { namespace: 'shop', name: 'web' }
  server.set({ kind: 'Service', metadata, spec: { ports: [{ name: 'http', port: 80 }] } })
  server.set({
    kind: 'EndpointSlice',
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080 }],
    endpoints: [
      { addresses: ['10.244.1.7'] },
      { addresses: ['10.244.1.8'], conditions: { ready: false } },
    ],
  })
  server.set({
    kind: 'Service',
    metadata: { namespace: 'shop', name: 'db' },
    spec: { type: 'ExternalName', externalName: 'db.example' },
  })
  const path = `${t.testdir()}/kubeconfig`
  writeFileSync(path, server.kubeconfig())
  return path
}
