import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import type { LabPod } from '../../../../lib/lab/lab.ts'
import { LoopbackNetwork } from '../../../../lib/lab/loopback/loopback-network.ts'
import { LoopbackPods } from '../../../../lib/lab/loopback/loopback-pods.ts'
import { startPodServer } from '../../../../lib/lab/pod-server.ts'

t.test('without addresses of their own they have ports of their own', async (t) => {
  const pods = await LoopbackPods.start(undefined)
  t.teardown(() => pods.close())
  t.same(pods.places, { clusterIP: '127.0.0.1', clientAddress: '' })
  const places = pods.list
  t.ok(places.every(({ address }) => address === '127.0.0.1'))
  t.equal(new Set(places.map(({ port }) => port)).size, 3)
  const response = await fetch(`http://127.0.0.1:${places[1]?.port}/`)
  t.equal(await response.text(), 'pod-2 sees 127.0.0.1\n')
})

t.test('a pod whose port somebody else has taken meanwhile does not come back', async (t) => {
  const pods = await LoopbackPods.start(await LoopbackNetwork.claim())
  t.teardown(() => pods.close())
  await pods.setCondition('pod-3', 'killed')
  await pods.setCondition('pod-3', 'killed')
  const { address, port } = pods.list[2] as LabPod
  const other = await startPodServer({ name: 'pod-1', address, port })
  t.teardown(() => other.close())
  await t.rejects(pods.setCondition('pod-3', 'running'), {
    code: 'ERR_LAB',
    message: /pod-program pod-3 .*EADDRINUSE/,
  })
  t.equal(pods.list[2]?.condition, 'killed')
  await other.close()
  await pods.setCondition('pod-3', 'running')
  t.equal(pods.list[2]?.condition, 'running')
})

t.test('a pod whose usual port is taken has another one', async (t) => {
  const network = (await LoopbackNetwork.claim()) as LoopbackNetwork
  const taken = createServer().listen(8080, network.addressOf('pod-2'))
  t.teardown(() => taken.close())
  await once(taken, 'listening')
  const pods = await LoopbackPods.start(network)
  t.teardown(() => pods.close())
  const [first, second] = pods.list
  t.equal(first?.port, 8080)
  t.equal(second?.address, network.addressOf('pod-2'))
  t.not(second?.port, 8080)
})
