// The fake API server of the tests is held to clients that were written for the real one: kubectl, and the informer of
// client-node.
import { once } from 'node:events'
import { CoreV1Api, KubeConfig, makeInformer, type V1Service } from '@kubernetes/client-node'
import t from 'tap'
import { selfSigned } from '../fixtures/api-server/certificate.ts'
import { openKubectl } from '../fixtures/api-server/kubectl.ts'
import { service, startApiServer } from '../fixtures/api-server/start-api-server.ts'

const manifest = `apiVersion: v1
kind: Service
metadata: { name: shop, namespace: demo }
spec: { type: NodePort, ports: [{ name: a, port: 80 }, { name: b, port: 81 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: shop-1, namespace: demo, labels: { kubernetes.io/service-name: shop } }
addressType: IPv4
ports: [{ name: a, port: 8080 }]
endpoints: [{ addresses: [10.0.0.1] }]
`

t.test('kubectl creates, applies, lists, watches and deletes', async (t) => {
  const server = await startApiServer(t, { token: 'secret', tls: selfSigned() })
  const kubectl = openKubectl(t, server.kubeconfig())
  if (!kubectl) return
  const run = async (args: string, input?: string): Promise<string> => {
    const { exitCode, stdout, stderr } = await kubectl.run(args, input)
    t.equal(exitCode, 0, `kubectl ${args}: ${stderr}`)
    return stdout
  }
  server.set({ kind: 'Namespace', metadata: { name: 'demo' } })
  server.set(service('web'))
  const lines = kubectl.follow('get services -A -w --output-watch-events --no-headers')
  const line = async (): Promise<string> => {
    const { value } = (await lines.next()) as { value: string }
    return value.split(/\s+/, 3).join(' ')
  }
  t.equal(await line(), 'ADDED default web')

  const created = await run('create --validate=false -f -', manifest)
  t.match(created, 'service/shop created\nendpointslice.discovery.k8s.io/shop-1 created')
  t.equal(await line(), 'ADDED demo shop')
  const json = JSON.parse(await run('get service shop -n demo -o json')) as V1Service
  t.match(json.spec, { clusterIP: /^10\.96\./, ports: [{ nodePort: 30000 }, { nodePort: 30001 }] })
  t.match(await run('get endpointslices -A -o yaml'), 'name: shop-1')
  t.match(await run('get endpoints -A -o name'), '')

  await run('apply --validate=false -f -', manifest)
  t.equal(await line(), 'MODIFIED demo shop', 'the annotation of apply')
  const changed = manifest.replace('port: 81', 'port: 81, targetPort: 8081')
  t.match(await run('apply --validate=false -f -', changed), 'service/shop configured')
  t.equal(await line(), 'MODIFIED demo shop')
  t.match(server.objects('Service').at(-1), {
    spec: {
      ports: [
        { name: 'a', port: 80, nodePort: 30000, targetPort: 80 },
        { name: 'b', port: 81, nodePort: 30001, targetPort: 8081 },
      ],
    },
  })
  t.match(await run('apply --validate=false -f -', changed), 'service/shop unchanged')
  await run('apply --validate=false -f -', manifest.replace('{ name: a, port: 80 }, ', ''))
  t.equal(await line(), 'MODIFIED demo shop')
  t.match(server.objects('Service').at(-1), { spec: { ports: [{ name: 'b' }] } })

  await run('label service shop -n demo tier=front')
  t.equal(await line(), 'MODIFIED demo shop')
  t.equal(await run('get services -A -l tier=front -o name'), 'service/shop\n')
  await run('delete -f -', manifest)
  t.equal(await line(), 'DELETED demo shop')
  t.same(server.objects('EndpointSlice'), [])
  const gone = await kubectl.run('get service shop -n demo')
  t.match(gone, { exitCode: 1, stderr: 'Error from server (NotFound): services "shop" not found' })
})

t.test('kubectl reads long lists in pages', async (t) => {
  const server = await startApiServer(t)
  const kubectl = openKubectl(t, server.kubeconfig())
  if (!kubectl) return
  for (let number = 0; number < 7; number++) server.set(service(`s${number}`))
  const { stdout } = await kubectl.run('get svc -A --chunk-size=3 -o name')
  t.equal(stdout.trim().split('\n').length, 7)
  t.equal(server.requests.filter(({ verb }) => verb === 'list').length, 3)
})

t.test('the informer of client-node follows, through cuts and 410', async (t) => {
  const server = await startApiServer(t, { token: 'secret' })
  const config = new KubeConfig()
  config.loadFromString(server.kubeconfig())
  const api = config.makeApiClient(CoreV1Api)
  const informer = makeInformer<V1Service>(config, '/api/v1/services', () =>
    api.listServiceForAllNamespaces(),
  )
  t.teardown(() => informer.stop())
  const told: string[] = []
  let wake = (): void => {}
  for (const verb of ['add', 'update', 'delete'] as const)
    informer.on(verb, ({ metadata }) => {
      told.push(`${verb} ${metadata?.name}`)
      wake()
    })
  /** What the informer tells of `change`, as soon as it is as much as is expected. */
  const expect = async (expected: readonly string[], change: () => void): Promise<void> => {
    change()
    while (told.length < expected.length) await new Promise<void>((resolve) => (wake = resolve))
    t.same(told.splice(0), expected)
  }
  let errors = 0
  informer.on('error', () => {
    // It ends at an error, and whoever uses it begins it again: here after each cut, and not when it is stopped.
    if (++errors <= 2) void informer.start()
  })

  server.set(service('a'))
  await expect(['add a'], () => void informer.start())
  await server.watched('Service')
  await expect(['add b', 'update a', 'delete b'], () => {
    server.set(service('b'))
    server.set(service('a', { x: 'y' }))
    server.delete({ kind: 'Service', name: 'b' })
  })
  const lists = (): number => server.requests.filter(({ verb }) => verb === 'list').length
  t.equal(lists(), 1)

  await expect(['add c'], () => {
    server.cut({ clean: true })
    server.set(service('c'))
  })
  for (const midLine of [false, true])
    await expect(['update c'], () => {
      server.cut({ midLine })
      server.set(service('c', { midLine: String(midLine) }))
    })
  t.equal(errors, 2)
  t.equal(lists(), 1, 'history was enough')

  await expect(['delete c', 'add d'], () => {
    server.cut({ clean: true })
    server.delete({ kind: 'Service', name: 'c' })
    server.set(service('d'))
    server.expire()
  })
  t.equal(lists(), 2)
  t.same(
    informer.list().map(({ metadata }) => metadata?.name),
    ['a', 'd'],
  )
  await once(server, 'watch')
  await expect(['add e'], () => void server.set(service('e')))
  t.equal(errors, 2)
})
