import t from 'tap'
import { NftTable } from '../../../../lib/lab/render/nftables/nft-table.ts'
import { nftablesMode } from '../../../../lib/lab/render/nftables/nftables-mode.ts'
import { walkNftables } from '../../../../lib/lab/walk/walk-nftables.ts'
import { goldenServices, kernelServicesOf } from '../../../fixtures/kernel-services.ts'

const node = '192.168.77.1'
const options = { nodeAddresses: [node], withSteps: true }
const mode = { family: 'IPv4', clusterCIDR: '10.244.0.0/16', nodeAddress: node } as const
const pod = { source: '10.244.0.20', protocol: 'tcp', port: 80 } as const
const outside = { ...pod, source: '192.0.2.7' } as const

t.test('a pod that dials a cluster IP is led to the last endpoint', async (t) => {
  const table = nftablesMode(await goldenServices('default-services.yaml'), mode)
  const walk = walkNftables(table, { ...pod, destination: '10.96.10.10' }, options)
  t.match(walk, { fate: 'endpoint', destination: '10.244.0.13:8080', isMasqueraded: false })
  t.match(walk.path, [
    'nat-prerouting',
    'services',
    /^service-\w{8}-default\/web\/tcp\/http$/,
    /^endpoint-\w{8}-default\/web\/tcp\/http__10\.244\.0\.13\/8080$/,
  ])
  t.match(
    walk.steps.map(({ chain, isMatch }) => [chain.split('-')[0], isMatch]),
    [
      ['filter', true],
      ['firewall', false],
      ['nat', true],
      ['services', true],
      // Is it a stranger? No. The number; is it its own client? No. To the endpoint.
      ['service', false],
      ['service', true],
      ['endpoint', false],
      ['endpoint', true],
      ['filter', true],
      ['service', false],
      ['filter', true],
      ['cluster', false],
      ['nat', true],
      ['masquerading', true],
    ],
  )
})

t.test('the walk is as long for the last of many Services as for the first', async (t) => {
  const services = await kernelServicesOf(
    Array.from({ length: 50 }, (_, i) => ({
      name: `web-${i}`,
      spec: { clusterIP: `10.96.0.${i + 1}`, ports: [{ port: 80 }] },
      endpoints: ['10.244.0.11', '10.244.0.12'],
    })),
  )
  const table = nftablesMode(services, mode)
  const lengths = services.map(({ clusterIP }) => {
    return walkNftables(table, { ...pod, destination: clusterIP }, options).ruleCount
  })
  t.equal(new Set(lengths).size, 1)
})

t.test('who comes from outside is masqueraded, also by a node port', async (t) => {
  const table = nftablesMode(await goldenServices('default-services.yaml'), mode)
  for (const [destination, port] of [
    ['10.96.10.10', 80],
    [node, 30_080],
  ] as const) {
    const walk = walkNftables(table, { ...outside, destination, port }, options)
    t.match(walk, { fate: 'endpoint', destination: '10.244.0.13:8080', isMasqueraded: true })
    t.same(walk.path.slice(-2), ['nat-postrouting', 'masquerading'])
  }
})

t.test('affinity asks a set for each endpoint; UDP has keys of its own', async (t) => {
  const table = nftablesMode(await goldenServices('default-services.yaml'), mode)
  const sticky = walkNftables(table, { ...pod, destination: '10.96.10.11' }, options)
  t.equal(sticky.steps.filter(({ rule }) => rule.includes('@affinity-')).length, 3 + 1)
  t.equal(sticky.destination, '10.244.0.13:8080')
  const dns = { ...pod, protocol: 'udp', destination: '10.96.10.53', port: 53 } as const
  t.equal(walkNftables(table, dns, options).destination, '10.244.0.13:5353')
})

t.test('a port that no Service has is refused, and an address that none has goes on', async (t) => {
  const table = nftablesMode(await goldenServices('default-services.yaml'), mode)
  const wrongPort = { ...pod, destination: '10.96.10.10', port: 81 }
  t.match(walkNftables(table, wrongPort, options), { fate: 'refused', destination: '' })
  const nobody = { ...pod, destination: '10.96.99.99' }
  t.match(walkNftables(table, nobody, options), { fate: 'nowhere', path: [] })
})

const balanced = {
  type: 'LoadBalancer',
  clusterIP: '10.96.0.1',
  ports: [{ port: 80, nodePort: 30_080 }],
}
const status = { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } }

t.test('with policy Local who is outside gets an endpoint of this node or silence', async (t) => {
  const spec = { ...balanced, externalTrafficPolicy: 'Local' }
  const objects = [{ spec, status, endpoints: ['10.244.0.11', '10.244.0.12'] }]
  const here = nftablesMode(await kernelServicesOf(objects, { nodeName: 'node-a' }), mode)
  const elsewhere = nftablesMode(await kernelServicesOf(objects, { nodeName: 'node-z' }), mode)
  const packet = { ...outside, destination: '203.0.113.9' }
  t.match(walkNftables(here, packet, options), {
    destination: '10.244.0.11:8080',
    isMasqueraded: false,
  })
  t.match(walkNftables(elsewhere, packet, options), { fate: 'dropped' })
  const nodePort = { ...outside, destination: node, port: 30_080 }
  t.match(walkNftables(elsewhere, nodePort, options), { fate: 'dropped' })
  // Pods and the node are not outside.
  t.match(walkNftables(elsewhere, { ...packet, source: pod.source }, options), {
    destination: '10.244.0.12:8080',
  })
  t.match(walkNftables(here, { ...packet, source: node, isFromNode: true }, options), {
    destination: '10.244.0.12:8080',
    isMasqueraded: true,
  })
})

t.test('source ranges drop whom they do not name', async (t) => {
  const spec = { ...balanced, loadBalancerSourceRanges: ['198.51.100.0/24', '203.0.113.0/28'] }
  const services = await kernelServicesOf([{ spec, status, endpoints: ['10.244.0.11'] }])
  const table = nftablesMode(services, mode)
  const packet = { ...outside, destination: '203.0.113.9' }
  t.match(walkNftables(table, packet, options), { fate: 'dropped' })
  t.match(walkNftables(table, { ...packet, source: '203.0.113.3' }, options), { fate: 'endpoint' })
  const fromNode = { ...packet, source: node, isFromNode: true }
  t.match(walkNftables(table, fromNode, options), { fate: 'dropped' })
})

t.test('without endpoints it is refused, by every way', async (t) => {
  const services = await kernelServicesOf([{ spec: balanced, status }])
  const table = nftablesMode(services, mode)
  for (const packet of [
    { ...pod, destination: '10.96.0.1' },
    { ...outside, destination: '203.0.113.9' },
    { ...outside, destination: node, port: 30_080 },
  ]) {
    t.match(walkNftables(table, packet, options), { fate: 'refused' })
  }
})

t.test('what it does not know is an error', async (t) => {
  const table = new NftTable('ip test', 'a test')
  table.rule('nat-prerouting', 'tcp flags syn drop')
  const packet = { ...pod, destination: '10.96.0.1' }
  t.throws(() => walkNftables(table, packet, options), /tcp flags syn drop: .* not known here/)
})
