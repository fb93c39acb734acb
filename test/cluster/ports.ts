// Ports of a Service: by name, to whatever number each endpoint has for it.
import t from 'tap'
import { met, startAll, stay, visit } from '../fixtures/cluster/backends.ts'
import { openCluster } from '../fixtures/cluster/cluster.ts'
import { startDaemon } from '../fixtures/cluster/daemon.ts'
import type { EndpointSpec } from '../fixtures/cluster/endpoint-objects.ts'
import { eventually } from '../fixtures/cluster/eventually.ts'

const cluster = await openCluster(t)
if (cluster) {
  const { address, proxyName } = cluster
  const daemon = await startDaemon(t, cluster, ['--service-proxy-name', proxyName])

  // Every server has a port number of its own, so no two endpoints have the same one for a name.
  const http = await startAll(t, ['http-1', 'http-2'], { address, port: 'http' })
  const admin = await startAll(t, ['admin-1', 'admin-2'], { address, port: 'admin' })
  const pods = http.map((endpoint, index): EndpointSpec => ({
    id: `pod-${index}`,
    address,
    ports: [...endpoint.ports, ...(admin[index]?.ports ?? [])],
  }))
  const portNames = async (): Promise<string[]> =>
    (await daemon.services()).map(({ port }) => port).toSorted()

  t.test('two ports lead to the ports of these names', async (t) => {
    const ports = [
      { name: 'http', port: 80 },
      { name: 'admin', port: 81 },
    ]
    await cluster.createService('web', { ports })
    await cluster.setEndpoints('web', pods)
    const place = await daemon.place('web', { port: 'http' })
    const adminPlace = await daemon.place('web', { port: 'admin' })
    await eventually(t, 'http', { read: () => met(place), expected: ['http-1', 'http-2'] })
    await eventually(t, 'admin', { read: () => met(adminPlace), expected: ['admin-1', 'admin-2'] })
  })

  t.test('a port that gets another name is another one', async (t) => {
    const adminPlace = await daemon.place('web', { port: 'admin' })
    const connection = await stay(t, await daemon.place('web', { port: 'http' }))
    const ports = [
      { name: 'www', port: 80 },
      { name: 'admin', port: 81 },
    ]
    await cluster.patchService('web', { spec: { ports } })
    await eventually(t, 'it is there', { read: portNames, expected: ['admin', 'www'] })
    const place = await daemon.place('web', { port: 'www' })
    await eventually(t, 'nobody has a port of this name yet', {
      read: () => visit(place),
      expected: 'ECONNRESET',
    })
    t.equal(await connection.say('still there?'), 'still there?', 'what there was lives on')
    t.strictSame(await met(adminPlace), ['admin-1', 'admin-2'], 'the other has not changed')

    const renamed = pods.map((pod) => ({
      ...pod,
      ports: pod.ports.map((port) => (port.name === 'http' ? { ...port, name: 'www' } : port)),
    }))
    await cluster.setEndpoints('web', renamed)
    await eventually(t, 'www', { read: () => met(place), expected: ['http-1', 'http-2'] })
  })

  t.test('a port that is taken away is refused', async (t) => {
    const place = await daemon.place('web', { port: 'admin' })
    await cluster.patchService('web', { spec: { ports: [{ name: 'www', port: 80 }] } })
    await eventually(t, 'it is gone', { read: portNames, expected: ['www'] })
    await eventually(t, 'refused', { read: () => visit(place), expected: 'ECONNREFUSED' })
  })
}
