import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { LoopbackNetwork } from '../../../../lib/lab/loopback/loopback-network.ts'
import { LoopbackPods } from '../../../../lib/lab/loopback/loopback-pods.ts'
import { startPodServer } from '../../../../lib/lab/pod-server.ts'

t.test('without addresses of their own they have ports of their own', async (t) => {
  const pods = await LoopbackPods.start(undefined)
  t.teardown(() => pods.close())
  t.same(pods.places, { clusterIP: '127.0.0.1', clientAddress: '' })
  const places = (['pod-1', 'pod-2', 'pod-3'] as const).map((name) => pods.placeOf(name))
  t.ok(places.every(({ address }) => address === '127.0.0.1'))
  t.equal(new Set(places.map(({ port }) => port)).size, 3)
  const response = await fetch(`http://127.0.0.1:${places[1]?.port}/`)
  t.equal(await response.text(), 'pod-2 sees 127.0.0.1\n')
})

t.test('a pod whose port somebody else has taken meanwhile does not come back', async (t) => {
  const pods = await LoopbackPods.start(await LoopbackNetwork.claim())
  t.teardown(() => pods.close())
  await pods.kill('pod-3')
  await pods.kill('pod-3')
  const other = await startPodServer({ name: 'pod-1', ...pods.placeOf('pod-3') })
  t.teardown(() => other.close())
  await t.rejects(pods.revive('pod-3'), {
    code: 'ERR_LAB',
    message: /pod-program pod-3 .*EADDRINUSE/,
  })
  await other.close()
  await pods.revive('pod-3')
})

t.test('a pod whose usual port is taken has another one', async (t) => {
  const network = (await LoopbackNetwork.claim()) as LoopbackNetwork
  const taken = createServer().listen(8080, network.addressOf('pod-2'))
  t.teardown(() => taken.close())
  await once(taken, 'listening')
  const pods = await LoopbackPods.start(network)
  t.teardown(() => pods.close())
  t.equal(pods.placeOf('pod-1').port, 8080)
  t.equal(pods.placeOf('pod-2').address, network.addressOf('pod-2'))
  t.not(pods.placeOf('pod-2').port, 8080)
})
