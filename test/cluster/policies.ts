// What depends on where an endpoint is: traffic policies and topology hints.
import t from 'tap'
import { met, startAll, visit } from '../fixtures/cluster/backends.ts'
import { openCluster } from '../fixtures/cluster/cluster.ts'
import { startDaemon } from '../fixtures/cluster/daemon.ts'
import type { EndpointSpec } from '../fixtures/cluster/endpoint-objects.ts'
import { eventually } from '../fixtures/cluster/eventually.ts'

const cluster = await openCluster(t)
if (cluster) {
  const { address, node, proxyName } = cluster
  const daemon = await startDaemon(t, cluster, ['--service-proxy-name', proxyName])
  const backends = await startAll(t, ['here', 'there'], { address })
  const [here, there] = backends as [EndpointSpec, EndpointSpec]
  const onNodes = [
    { ...here, nodeName: node.name },
    { ...there, nodeName: 'another-node' },
  ]
  const whereThere = `${address}:${there.ports[0]?.port}`

  t.test('internalTrafficPolicy Local: endpoints of this node alone', async (t) => {
    const policy = { internalTrafficPolicy: 'Local' }
    const { spec } = await cluster.createService('itp', { ...policy, ports: [{ port: 80 }] })
    if (!Object.hasOwn(spec as object, 'internalTrafficPolicy'))
      return t.plan(0, 'this API server does not take internalTrafficPolicy')
    await cluster.setEndpoints('itp', onNodes)
    const place = await daemon.place('itp')
    await eventually(t, 'here', { read: () => met(place), expected: ['here'] })
    t.strictSame(await daemon.leftOut('itp'), [`${whereThere}: on another node`])
    await cluster.setEndpoints('itp', onNodes.slice(1))
    await eventually(t, 'never elsewhere', { read: () => visit(place), expected: 'ECONNRESET' })
    await cluster.patchService('itp', { spec: { internalTrafficPolicy: 'Cluster' } })
    return eventually(t, 'unless it may', { read: () => met(place), expected: ['there'] })
  })

  t.test('externalTrafficPolicy Local: for clients elsewhere, not for those here', async (t) => {
    const policy = { type: 'NodePort', externalTrafficPolicy: 'Local' }
    await cluster.createService('etp', { ...policy, ports: [{ port: 80 }] })
    await cluster.setEndpoints('etp', onNodes)
    const nodePort = await daemon.place('etp', { role: 'node-port' })
    // This test dials from the node itself, whose connections are as good as those of its pods.
    await eventually(t, 'both', { read: () => met(nodePort), expected: ['here', 'there'] })
    const entries = async () => {
      const row = (await daemon.services()).find(({ name }) => name === 'etp')
      return row?.entries.map(({ name, trafficPolicy, usable }) => [name, trafficPolicy, usable])
    }
    await eventually(t, 'what clients elsewhere get', {
      read: entries,
      expected: [
        ['internal', 'Cluster', 2],
        ['external', 'Local', 1],
      ],
    })
    const usableBy = (await daemon.endpoints('etp')).map((one) => [one.endpointPort, one.usableBy])
    t.strictSame(
      new Map(usableBy as [number, string[]][]),
      new Map([
        [here.ports[0]?.port, ['internal', 'external']],
        [there.ports[0]?.port, ['internal']],
      ]),
    )
  })

  t.test('healthCheckNodePort tells load balancers of the endpoints here', async (t) => {
    if (cluster.minorVersion < 24) return t.plan(0, 'a load balancer would be made: v1.24')
    const policy = { type: 'LoadBalancer', externalTrafficPolicy: 'Local' }
    const nobody = { loadBalancerClass: 'example.com/nobody' }
    const { spec } = await cluster.createService('lb', {
      ...policy,
      ...nobody,
      ports: [{ port: 80 }],
    })
    const { healthCheckNodePort } = spec as { healthCheckNodePort: number }
    const ask = async (): Promise<unknown[]> => {
      try {
        const response = await fetch(`http://127.0.0.1:${healthCheckNodePort}/`)
        const { localEndpoints } = (await response.json()) as { localEndpoints: number }
        return [response.status, localEndpoints]
      } catch {
        return ['nobody answers']
      }
    }
    await cluster.setEndpoints('lb', onNodes)
    await eventually(t, 'one', { read: ask, expected: [200, 1] })
    await cluster.setEndpoints('lb', onNodes.slice(1))
    await eventually(t, 'none', { read: ask, expected: [503, 0] })
    await cluster.deleteService('lb')
    return eventually(t, 'gone', { read: ask, expected: ['nobody answers'] })
  })

  for (const [hint, own] of [
    ['forZones', node.zone],
    ['forNodes', node.name],
  ] as const) {
    t.test(`hints ${hint}`, async (t) => {
      if (own === undefined) return t.plan(0, 'this cluster has no node with a zone')
      const service = hint.toLowerCase()
      const ours = { ...here, hints: { [hint]: [{ name: own }] } }
      const others = { ...there, hints: { [hint]: [{ name: 'another-one' }] } }
      await cluster.createService(service, { ports: [{ port: 80 }] })
      const lost = await cluster.setEndpoints(service, [ours, others])
      if (lost.size > 0) return t.plan(0, `this API does not take ${[...lost].join(' and ')}`)
      const place = await daemon.place(service)
      await eventually(t, 'here', { read: () => met(place), expected: ['here'] })
      const kind = hint === 'forZones' ? 'zones' : 'nodes'
      t.strictSame(await daemon.leftOut(service), [`${whereThere}: hinted to other ${kind}`])
      await cluster.setEndpoints(service, [ours, { ...others, hints: {} }])
      return eventually(t, 'one without a hint is enough to ignore them', {
        read: () => met(place),
        expected: ['here', 'there'],
      })
    })
  }
}
