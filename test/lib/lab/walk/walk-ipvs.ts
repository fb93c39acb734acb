import t from 'tap'
import { ipvsMode } from '../../../../lib/lab/render/ipvs-mode.ts'
import { walkIpvs } from '../../../../lib/lab/walk/walk-ipvs.ts'
import { kernelServicesOf } from '../../../fixtures/kernel-services.ts'

const clusterCIDR = '10.244.0.0/16'
const pod = { source: '10.244.0.20', protocol: 'tcp', port: 80 } as const
const outside = { ...pod, source: '192.0.2.7' } as const
const node = '192.168.77.1'

async function servers(fields: object = {}, endpoints = ['10.244.0.11', '10.244.0.12']) {
  const spec = {
    type: 'NodePort',
    clusterIP: '10.96.0.1',
    ports: [{ port: 80, nodePort: 30_080 }],
    ...fields,
  }
  const services = await kernelServicesOf([{ spec, endpoints }], { nodeName: 'node-a' })
  return ipvsMode(services, { nodeAddresses: [node], scheduler: 'rr' }).virtualServers
}

t.test('one look-up leads to an endpoint', async (t) => {
  const walk = walkIpvs(await servers(), { ...pod, destination: '10.96.0.1' }, { clusterCIDR })
  t.same(walk, {
    ruleCount: 1,
    steps: [{ chain: 'ip_vs_service_find', rule: 'TCP 10.96.0.1:80', isMatch: true }],
    path: ['INPUT', 'IPVS'],
    fate: 'endpoint',
    destination: '10.244.0.12:8080',
    isMasqueraded: false,
  })
})

t.test('who is masqueraded', async (t) => {
  const local = await servers({ externalTrafficPolicy: 'Local' })
  const any = await servers()
  const nodePort = { ...outside, destination: node, port: 30_080 }
  const clusterIP = { ...outside, destination: '10.96.0.1' }
  t.equal(walkIpvs(any, nodePort, { clusterCIDR }).isMasqueraded, true)
  t.equal(walkIpvs(local, nodePort, { clusterCIDR }).isMasqueraded, false)
  t.equal(walkIpvs(any, clusterIP, { clusterCIDR }).isMasqueraded, true)
  t.equal(walkIpvs(any, clusterIP, { clusterCIDR: undefined }).isMasqueraded, false)
})

t.test('without a real server it is refused, and without a virtual one not taken', async (t) => {
  const packet = { ...pod, destination: '10.96.0.1' }
  t.match(walkIpvs(await servers({}, []), packet, { clusterCIDR }), { fate: 'refused' })
  for (const other of [
    { ...packet, destination: '10.96.0.2' },
    { ...packet, port: 81 },
    { ...packet, protocol: 'udp' as const },
  ]) {
    const walk = walkIpvs(await servers(), other, { clusterCIDR })
    t.match(walk, { fate: 'nowhere', path: [], destination: '' })
  }
})
