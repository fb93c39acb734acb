// Endpoints that come and go, that are not ready or terminate, under connections that flow; and those never dialled.
import t, { type Test } from 'tap'
import {
  met,
  openFlow,
  startAll,
  startNamed,
  startTraffic,
  stay,
  visit,
} from '../fixtures/cluster/backends.ts'
import { Refusal } from '../fixtures/cluster/api-client.ts'
import { openCluster } from '../fixtures/cluster/cluster.ts'
import { startDaemon } from '../fixtures/cluster/daemon.ts'
import type { EndpointSpec } from '../fixtures/cluster/endpoint-objects.ts'
import { eventually, until } from '../fixtures/cluster/eventually.ts'

const cluster = await openCluster(t)
if (cluster) {
  const { address, proxyName } = cluster
  const daemon = await startDaemon(t, cluster, ['--service-proxy-name', proxyName])

  t.test('no connection fails while endpoints change', async (t) => {
    const endpoints = await startAll(t, ['a', 'b', 'c'], { address })
    const [a, b, c] = endpoints as [EndpointSpec, EndpointSpec, EndpointSpec]
    const where = ({ ports: [port] }: EndpointSpec): string => `${address}:${port?.port}`
    await cluster.createService('web', { ports: [{ port: 80 }] })
    await cluster.setEndpoints('web', [a, b])
    const place = await daemon.place('web')
    const eventuallyMet = (t: Test, expected: readonly string[]) =>
      eventually(t, `connections meet ${expected.join(' and ')}`, {
        read: () => met(place),
        expected: [...expected],
      })
    await eventuallyMet(t, ['a', 'b'])
    const traffic = startTraffic(t, place, ['a', 'b', 'c'])

    t.test('an endpoint is removed', async (t) => {
      const ofB = await until('a connection to b', async () => {
        const connection = await stay(t, place)
        return connection.name === 'b' ? connection : undefined
      })
      await cluster.setEndpoints('web', [a])
      await eventuallyMet(t, ['a'])
      t.equal(await ofB.say('still there?'), 'still there?', 'what it had lives on')
    })

    t.test('one is added', async (t) => {
      await cluster.setEndpoints('web', [a, c])
      await eventuallyMet(t, ['a', 'c'])
    })

    t.test('one is not ready, and ready again', async (t) => {
      await cluster.setEndpoints('web', [a, { ...c, conditions: { ready: false } }])
      await eventuallyMet(t, ['a'])
      t.strictSame(await daemon.leftOut('web'), [`${where(c)}: not ready`])
      await cluster.setEndpoints('web', [a, { ...c, conditions: { ready: true } }])
      await eventuallyMet(t, ['a', 'c'])
    })

    t.test('one terminates, then all', async (t) => {
      const conditions = { ready: false, serving: true, terminating: true }
      const lost = await cluster.setEndpoints('web', [a, { ...c, conditions }])
      if (lost.size > 0) return t.plan(0, `this API does not take ${[...lost].join(' and ')}`)
      await eventuallyMet(t, ['a'])
      t.strictSame(await daemon.leftOut('web'), [`${where(c)}: terminating`])
      await cluster.setEndpoints('web', [
        { ...a, conditions },
        { ...c, conditions },
      ])
      await eventuallyMet(t, ['a', 'c'])
      const dying = { ...conditions, serving: false }
      await cluster.setEndpoints('web', [
        { ...a, conditions },
        { ...c, conditions: dying },
      ])
      await eventuallyMet(t, ['a'])
      t.strictSame(await daemon.leftOut('web'), [`${where(c)}: not ready`])
    })

    t.test('none of the connections meanwhile has failed', async (t) => {
      const { failures, served } = await traffic.stop()
      t.strictSame(failures, [])
      t.ok(served > 0, `${served} were served`)
    })

    t.test('without endpoints a client is reset', async (t) => {
      await cluster.setEndpoints('web', [])
      await eventually(t, 'reset', { read: () => visit(place), expected: 'ECONNRESET' })
    })
  })

  t.test('a UDP flow moves when its endpoint is removed', async (t) => {
    const protocol = 'UDP'
    await cluster.createService('dns', { ports: [{ protocol, port: 53 }] })
    const endpoints = await startAll(t, ['a', 'b'], { address, protocol })
    await cluster.setEndpoints('dns', endpoints)
    const flow = await openFlow(t, await daemon.place('dns', { protocol }))
    const first = await flow.ask()
    t.equal(await flow.ask(), first)
    await cluster.setEndpoints(
      'dns',
      endpoints.filter(({ id }) => id !== first),
    )
    const other = first === 'a' ? 'b' : 'a'
    await eventually(t, 'the same client meets the other', {
      read: () => flow.ask(),
      expected: other,
    })
  })

  t.test('what must never be dialled is left out with the reason', async (t) => {
    const { spec } = await cluster.createService('portal', { ports: [{ port: 8080 }] })
    const { clusterIP } = spec as { clusterIP: string }
    await daemon.place('portal')
    const refused = [
      { name: 'loopback', address: '127.0.0.1', reason: 'loopback address: never dialled' },
      {
        name: 'mapped',
        address: '::ffff:127.0.0.1',
        listed: '127.0.0.1',
        reason: 'loopback address: never dialled',
      },
      { name: 'local', address: '169.254.169.254', reason: 'link-local address: never dialled' },
      {
        name: 'local6',
        address: 'fe80::1',
        ipFamilies: ['IPv6'],
        reason: 'link-local address: never dialled',
      },
      { name: 'loop', address: clusterIP, reason: 'is a portal of this proxy: would loop' },
    ]
    for (const { name, address, listed = address, ipFamilies, reason } of refused) {
      t.test(`${name}: ${address}`, async (t) => {
        const ports = [{ port: 8080 }]
        const bad = { id: 'bad', address, ports }
        const good = ipFamilies ? [] : [await startNamed(t, 'good', cluster)]
        const service = `refused-${name}`
        try {
          await cluster.createService(service, { ports, ...(ipFamilies && { ipFamilies }) })
          await cluster.setEndpoints(service, [bad, ...good])
        } catch (error) {
          if (!(error instanceof Refusal) || error.status !== 422) throw error
          return t.plan(0, `the API server refuses it: ${error.message}`)
        }
        await eventually(t, 'the reason is told', {
          read: () => daemon.leftOut(service),
          expected: [`${listed}:8080: ${reason}`],
        })
        if (ipFamilies) return undefined
        const place = await daemon.place(service)
        return eventually(t, 'the good one serves all', {
          read: () => met(place),
          expected: ['good'],
        })
      })
    }

    t.test('until the Service is gone whose portal it was', async (t) => {
      await cluster.deleteService('portal')
      await eventually(t, 'nothing is left out', {
        read: () => daemon.leftOut('refused-loop'),
        expected: [],
      })
    })
  })
}
