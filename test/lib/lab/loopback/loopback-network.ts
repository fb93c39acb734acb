import t from 'tap'
import { LoopbackNetwork } from '../../../../lib/lab/loopback/loopback-network.ts'

t.test(
  'labs that run side by side have networks of their own, as long as there are some',
  async (t) => {
    const networks: LoopbackNetwork[] = []
    t.teardown(() => networks.forEach((network) => network.release()))
    for (let left = 100; left > 0; left--) {
      const network = await LoopbackNetwork.claim()
      if (network === undefined) break
      networks.push(network)
    }
    // Other labs of this machine may have some of them.
    t.ok(networks.length > 1 && networks.length <= 64)
    for (const of of [
      (network: LoopbackNetwork) => network.clusterIP,
      (network: LoopbackNetwork) => network.clientAddress,
      (network: LoopbackNetwork) => network.addressOf('pod-1'),
    ]) {
      t.equal(new Set(networks.map(of)).size, networks.length)
    }
    t.match(networks[0]?.addressOf('pod-3'), /^127\.0\.\d+\.3$/)
  },
)

t.test('addresses of another machine are nobody’s here', async (t) => {
  // TEST-NET-1 of RFC 5737 begins at 192.0.2.0.
  t.equal(await LoopbackNetwork.claim(192), undefined)
})
