import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { startPodServer } from '../../../lib/lab/pod-server.ts'
import { unusedPorts } from '../../fixtures/unused-ports.ts'

const options = { name: 'pod-2', address: '127.0.0.1', port: 0 } as const

t.test('says who it is and whom it sees, over HTTP and UDP, at one port', async (t) => {
  const pod = await startPodServer(options)
  t.teardown(() => pod.close())
  const response = await fetch(`http://127.0.0.1:${pod.port}/any/path`)
  t.equal(response.headers.get('x-pod'), 'pod-2')
  t.equal(response.headers.get('x-client'), '127.0.0.1')
  t.equal(await response.text(), 'pod-2 sees 127.0.0.1\n')

  const client = createSocket('udp4')
  t.teardown(() => client.close())
  client.send('?', pod.port, '127.0.0.1')
  const [answer] = (await once(client, 'message')) as [Buffer]
  t.equal(answer.toString(), 'pod-2 sees 127.0.0.1\n')
})

t.test('/bulk sends as many bytes as it is asked for, or goes on until nobody reads', async (t) => {
  const pod = await startPodServer(options)
  t.teardown(() => pod.close())
  const url = `http://127.0.0.1:${pod.port}/bulk`
  t.equal((await (await fetch(`${url}?bytes=100000`)).arrayBuffer()).byteLength, 100_000)
  const endless = await fetch(url)
  let bytes = 0
  for await (const chunk of endless.body ?? []) {
    bytes += (chunk as Uint8Array).length
    if (bytes > 1_000_000) break
  }
  t.ok(bytes > 1_000_000)
})

t.test('its end is the end of its connections; twice is once', async (t) => {
  const pod = await startPodServer(options)
  const response = await fetch(`http://127.0.0.1:${pod.port}/bulk`)
  await Promise.all([pod.close(), pod.close()])
  await t.rejects(response.arrayBuffer())
  await t.rejects(fetch(`http://127.0.0.1:${pod.port}/`))
})

t.test(
  'a port that is taken is an error, for TCP and for UDP, and nothing stays open',
  async (t) => {
    const tcp = createServer().listen(0, '127.0.0.1')
    t.teardown(() => tcp.close())
    await once(tcp, 'listening')
    const { port } = tcp.address() as AddressInfo
    await t.rejects(startPodServer({ ...options, port }), { code: 'EADDRINUSE' })

    const udp = createSocket('udp4')
    t.teardown(() => udp.close())
    // One that is free for TCP too: any port that is free for UDP may be another process's there.
    const [taken = 0] = await unusedPorts(1)
    udp.bind(taken, '127.0.0.1')
    await once(udp, 'listening')
    await t.rejects(startPodServer({ ...options, port: taken }), { code: 'EADDRINUSE' })
    const again = createServer().listen(taken, '127.0.0.1')
    t.teardown(() => again.close())
    await once(again, 'listening')
  },
)

t.test('an address that is not ours is an error, also with any port', async (t) => {
  await t.rejects(startPodServer({ ...options, address: '192.0.2.1' }), { code: 'EADDRNOTAVAIL' })
})
