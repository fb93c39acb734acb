// The API server goes, and comes back with another state: all that was known is served meanwhile, the difference is
// programmed then, and nothing of what is the same is cut. The time of it is in source/kubernetes-reflector.ts.
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import t from 'tap'
import { Proxier } from '../../lib/proxier.ts'
import { KubernetesSource } from '../../lib/source/kubernetes-source.ts'
import { service, startApiServer } from '../fixtures/api-server/start-api-server.ts'
import { dial, exchange, startBackend, startNamed } from '../fixtures/tcp.ts'

function slice(name: string, port: number, addresses = ['127.0.0.1']) {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: '', port }],
    endpoints: addresses.map((address) => ({ addresses: [address] })),
  }
}

async function isAlive(socket: Socket): Promise<boolean> {
  socket.write('ping')
  const [chunk] = (await once(socket, 'data')) as [Buffer]
  return chunk.toString() === 'ping'
}

t.test('the API server goes, and comes back with another state', async (t) => {
  const echo = await startBackend(t, (socket) => void socket.pipe(socket))
  const [before, after] = [await startNamed(t, 'before'), await startNamed(t, 'after')]
  const api = await startApiServer(t)
  for (const name of ['same', 'changed', 'gone']) {
    api.set(service(name))
    api.set(slice(name, name === 'changed' ? before.port : echo.port))
  }
  const kubeconfig = `${t.testdir()}/kubeconfig`
  writeFileSync(kubeconfig, api.kubeconfig())
  const source = new KubernetesSource({ kubeconfig, random: () => 0.999 })
  const options = { source, allowLoopbackEndpoints: true, proxyPortRange: '', minSyncPeriodMs: 0 }
  const proxier = new Proxier(options)
  t.teardown(() => proxier.close())
  const statuses: boolean[] = []
  proxier.on('source', ({ isLive }) => statuses.push(isLive))
  await proxier.start()
  const portOf = async (name: string): Promise<number> => {
    const status = (await proxier.services()).find((status) => status.name === name)
    return status && 'listeners' in status ? (status.listeners[0]?.port ?? 0) : 0
  }
  const ports = { same: await portOf('same'), changed: await portOf('changed') }
  const [same, ofGone] = [await dial(t, ports.same), await dial(t, await portOf('gone'))]
  t.ok(await isAlive(same))
  t.ok(await isAlive(ofGone))
  t.equal((await exchange(t, ports.changed)).bytes.toString(), 'before')

  const lost = once(proxier, 'source')
  await api.stop()
  await lost
  t.match(proxier.sourceStatus, { isLive: false, detail: /what was known is still served/ })
  t.ok(await isAlive(same))
  t.equal((await exchange(t, ports.changed)).bytes.toString(), 'before', 'new ones are served too')

  api.set(slice('changed', after.port))
  api.delete({ kind: 'Service', name: 'gone' })
  api.set(service('new'))
  api.set(slice('new', after.port))
  api.expire()
  await api.start()
  // Services and slices are watched apart: either may be back first.
  const leadsToAfter = (name: string): boolean =>
    proxier.endpoints().some((row) => row.name === name && row.endpointPort === after.port)
  while (!leadsToAfter('new') || !leadsToAfter('changed')) await once(proxier, 'sync')
  await proxier.sync()
  t.equal(await portOf('gone'), 0)
  t.equal((await exchange(t, await portOf('new'))).bytes.toString(), 'after')
  t.equal((await exchange(t, ports.changed)).bytes.toString(), 'after')
  t.strictSame({ same: await portOf('same'), changed: await portOf('changed') }, ports)
  t.ok(await isAlive(same), 'what is the same was not cut')
  t.ok(await isAlive(ofGone), 'nor was what is established')
  while (statuses.at(-1) !== true) await once(proxier, 'source')
  t.strictSame(statuses.slice(-2), [false, true], 'one event for each change of state')
})
