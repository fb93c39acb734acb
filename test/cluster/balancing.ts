// How the daemon shares out the connections and flows of a Service that a cluster tells it of.
import t from 'tap'
import { openFlow, startAll, visit, visits } from '../fixtures/cluster/backends.ts'
import { openCluster } from '../fixtures/cluster/cluster.ts'
import { startDaemon } from '../fixtures/cluster/daemon.ts'
import { eventually, until } from '../fixtures/cluster/eventually.ts'

const names = ['a', 'b', 'c']

const cluster = await openCluster(t)
if (cluster) {
  const { address, proxyName } = cluster
  const daemon = await startDaemon(t, cluster, ['--service-proxy-name', proxyName])

  t.test('TCP connections go to one endpoint after the other', async (t) => {
    await cluster.createService('tcp', { ports: [{ port: 80 }] })
    await cluster.setEndpoints('tcp', await startAll(t, names, { address }))
    const place = await daemon.place('tcp')
    await eventually(t, 'three endpoints are met', {
      read: async () => (await visits(place, 3)).toSorted(),
      expected: names,
    })
    const met = await visits(place, 9)
    t.strictSame(met.slice(0, 3).toSorted(), names)
    t.strictSame(met.slice(3, 6), met.slice(0, 3), 'in the same order again')
    t.strictSame(met.slice(6), met.slice(0, 3))
  })

  t.test('UDP flows go to one endpoint after the other, and stay there', async (t) => {
    const protocol = 'UDP'
    await cluster.createService('udp', { ports: [{ protocol, port: 53 }] })
    await cluster.setEndpoints('udp', await startAll(t, names, { address, protocol }))
    const place = await daemon.place('udp', { protocol })
    const askThree = async () => {
      const flows = await Promise.all(names.map(() => openFlow(t, place)))
      const first: string[] = []
      for (const flow of flows) first.push(await flow.ask())
      return { flows, first }
    }
    await eventually(t, 'three endpoints are met', {
      read: async () => (await askThree()).first.toSorted(),
      expected: names,
    })
    const { flows, first } = await askThree()
    t.strictSame(await Promise.all(flows.map((flow) => flow.ask())), first)
    t.strictSame((await askThree()).first, first, 'in the same order again')
  })

  t.test('sessionAffinity ClientIP keeps a client where it was', async (t) => {
    const timeoutOf = async (): Promise<unknown> =>
      (await daemon.services()).find(({ name }) => name === 'pinned')?.sessionAffinity
    await cluster.createService('pinned', {
      sessionAffinity: 'ClientIP',
      ports: [{ port: 80 }],
    })
    const endpoints = await startAll(t, names, { address })
    await cluster.setEndpoints('pinned', endpoints)
    const place = await daemon.place('pinned')
    t.strictSame(await timeoutOf(), { type: 'ClientIP', timeoutSeconds: 10_800 }, 'as by default')
    await eventually(t, 'all endpoints are there', {
      read: async () => (await daemon.endpoints('pinned')).length,
      expected: 3,
    })
    const first = await until('an endpoint is met', async () => {
      const name = await visit(place)
      return names.includes(name) ? name : undefined
    })
    t.strictSame(new Set(await visits(place, 6)), new Set([first]))

    if (process.platform === 'linux') {
      const [second] = await visits(place, 1, '127.0.0.2')
      t.not(second, first, 'another client is another matter')
      t.strictSame(new Set(await visits(place, 6, '127.0.0.2')), new Set([second]))
    }

    const others = endpoints.filter(({ id }) => id !== first)
    await cluster.setEndpoints('pinned', others)
    const next = await until('the client is moved from an endpoint that is gone', async () => {
      const name = await visit(place)
      return name === first ? undefined : name
    })
    await cluster.setEndpoints('pinned', endpoints)
    await eventually(t, 'all endpoints are there again', {
      read: async () => (await daemon.endpoints('pinned')).length,
      expected: 3,
    })
    t.strictSame(new Set(await visits(place, 6)), new Set([next]), 'and stays where it is now')

    const clientIP = { timeoutSeconds: 1 }
    await cluster.patchService('pinned', { spec: { sessionAffinityConfig: { clientIP } } })
    await eventually(t, 'a new timeout is known', {
      read: timeoutOf,
      expected: { type: 'ClientIP', timeoutSeconds: 1 },
    })
    await eventually(t, 'after which the client may go anywhere', {
      read: async () => (await visit(place)) !== next,
      expected: true,
      // Each connection begins the time anew.
      pauseMs: 1200,
    })
  })
}
