// What the real daemon tells a cluster.
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { startBinary } from '../fixtures/binary.ts'
import type { ApiServer } from '../fixtures/api-server/api-server.ts'
import { service, startApiServer } from '../fixtures/api-server/start-api-server.ts'
import { holdPort } from '../fixtures/held-port.ts'

async function startDaemon(t: Test, server: ApiServer, args: readonly string[] = []) {
  const kubeconfig = `${t.testdir()}/config`
  writeFileSync(kubeconfig, server.kubeconfig())
  const daemon = startBinary(t, [
    'run',
    `--kubeconfig=${kubeconfig}`,
    '--hostname-override=node-a',
    '--nodeport-addresses=127.0.0.1/32',
    '--metrics-bind-address=127.0.0.1:0',
    '--healthz-bind-address=',
    '--grace=0s',
    ...args,
  ])
  await daemon.stdout(/^default\/web .*\n/m)
  return daemon
}

async function clusterOf(t: Test): Promise<{ server: ApiServer; port: number }> {
  const { port } = await holdPort(t, '127.0.0.1')
  const server = await startApiServer(t)
  server.set({ kind: 'Node', metadata: { name: 'node-a' } })
  server.set(service('web', {}, { type: 'NodePort', ports: [{ port: 80, nodePort: port }] }))
  return { server, port }
}

t.test('a node port that is taken is one Event on the Service', async (t) => {
  const { server, port } = await clusterOf(t)
  const daemon = await startDaemon(t, server)
  const eventsAbout = (kind: string) =>
    server
      .objects('Event')
      .filter(({ involvedObject }) => (involvedObject as { kind: string }).kind === kind)
  // The one on the Node is the last, but that the port may lie in the ephemeral range.
  while (eventsAbout('Node').length === 0) await sleep(20)
  const taken = eventsAbout('Service').filter(({ reason }) => reason === 'PortTaken')
  t.match(taken, [
    {
      type: 'Warning',
      message: `node-a: node port of default/web: EADDRINUSE: 127.0.0.1:${port} is taken by another process; tried again`,
      reportingInstance: 'node-a',
      involvedObject: { name: 'web', uid: server.objects('Service')[0]?.metadata.uid },
    },
  ])
  t.match(eventsAbout('Node'), [{ reason: 'Starting', involvedObject: { name: 'node-a' } }])
  daemon.kill('SIGTERM')
  t.match(await daemon.exited, { code: 0 })
})

t.test('a daemon that may not write Events says so once and serves', async (t) => {
  const { server } = await clusterOf(t)
  server.failNext(Infinity, { status: 403, kind: 'Event', message: 'events is forbidden' })
  const daemon = await startDaemon(t, server)
  await daemon.stderr(/"event":"events".*no Events will be written/)
  daemon.kill('SIGTERM')
  const { code, stderr } = await daemon.exited
  t.equal(code, 0)
  t.equal(stderr.match(/"event":"events"/g)?.length, 1)
  t.equal(server.requests.filter(({ verb }) => verb === 'create').length, 1)
})

t.test('--events=false writes none', async (t) => {
  const { server } = await clusterOf(t)
  const daemon = await startDaemon(t, server, ['--events=false'])
  daemon.kill('SIGTERM')
  t.equal((await daemon.exited).code, 0)
  t.same(
    server.requests.filter(({ path }) => path.includes('events')),
    [],
  )
})
