import t from 'tap'
import type { IpvsMode } from '../../../../lib/lab/render/ipvs-mode.ts'
import { ipvsMode } from '../../../../lib/lab/render/ipvs-mode.ts'
import { kernelServicesOf } from '../../../fixtures/kernel-services.ts'

const three = ['10.244.0.2', '10.244.0.10', '10.244.0.9']
const options = { nodeAddresses: ['192.168.77.1', '192.168.77.9'], scheduler: 'rr' } as const

function short({ virtualServers }: IpvsMode) {
  return virtualServers.map((server) => {
    const { way, address, portNumber, isLocal, realServers } = server
    return [way, `${address}:${portNumber}`, isLocal, realServers.map(({ address }) => address)]
  })
}

const spec = {
  type: 'LoadBalancer',
  clusterIP: '10.96.0.1',
  externalIPs: ['198.51.100.7'],
  ports: [{ port: 80, nodePort: 30_080 }],
  externalTrafficPolicy: 'Local',
}
const status = { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } }

t.test('every address has a virtual server, with the endpoints of its policy', async (t) => {
  const services = await kernelServicesOf([{ spec, status, endpoints: three }], {
    nodeName: 'node-b',
  })
  const mode = ipvsMode(services, options)
  t.same(short(mode), [
    // By number, and not by letter.
    ['cluster-ip', '10.96.0.1:80', false, ['10.244.0.2', '10.244.0.9', '10.244.0.10']],
    ['node-port', '192.168.77.1:30080', true, ['10.244.0.10']],
    ['node-port', '192.168.77.9:30080', true, ['10.244.0.10']],
    ['external-ip', '198.51.100.7:80', true, ['10.244.0.10']],
    ['load-balancer-ip', '203.0.113.9:80', true, ['10.244.0.10']],
  ])
  t.same(mode.dummyAddresses, ['10.96.0.1', '198.51.100.7', '203.0.113.9'])
})

t.test('internal policy Local; affinity; two ports with one address', async (t) => {
  const ports = [
    { name: 'a', port: 80 },
    { name: 'b', port: 81 },
  ]
  const endpointPort = { name: 'a', port: 8080 }
  const services = await kernelServicesOf(
    [
      {
        spec: {
          clusterIP: '10.96.0.1',
          ports,
          internalTrafficPolicy: 'Local',
          sessionAffinity: 'ClientIP',
        },
        endpoints: three,
        endpointPort,
      },
    ],
    { nodeName: 'node-a' },
  )
  const mode = ipvsMode(services, { ...options, scheduler: 'lc' })
  t.same(short(mode), [
    ['cluster-ip', '10.96.0.1:80', true, ['10.244.0.2']],
    ['cluster-ip', '10.96.0.1:81', true, []],
  ])
  t.match(mode.virtualServers, [{ persistentSeconds: 10_800, scheduler: 'lc', entry: 'internal' }])
  t.same(mode.dummyAddresses, ['10.96.0.1'])
})
