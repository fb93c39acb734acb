import t from 'tap'
import { endpointName, serviceName } from '../../../../../lib/lab/render/nftables/names.ts'
import type { KernelService } from '../../../../../lib/lab/render/kernel-service.ts'
import { kernelServicesOf } from '../../../../fixtures/kernel-services.ts'

async function named(namespace: string, name: string, port: string): Promise<KernelService> {
  const [service] = await kernelServicesOf([{ spec: { ports: [{ port: 80 }] } }])
  return {
    ...(service as KernelService),
    name: { namespace, name, port, protocol: 'TCP' },
  }
}

const endpoint = (address: string, port: number) => ({
  key: '',
  address,
  port,
  ready: true,
  serving: true,
  terminating: false,
  nodeName: undefined,
  zone: undefined,
  forZones: [],
  forNodes: [],
  targetName: undefined,
})

t.test('are those of kube-proxy', async (t) => {
  // kubernetes v1.33 pkg/proxy/nftables/proxier.go and proxier_test.go.
  const one = await named('ns1', 'svc1', 'p80')
  t.equal(serviceName('service', one), 'service-ULMVA6XW-ns1/svc1/tcp/p80')
  t.equal(serviceName('external', one), 'external-ULMVA6XW-ns1/svc1/tcp/p80')
  const pod = endpoint('10.180.0.1', 80)
  t.equal(endpointName('endpoint', one, pod), 'endpoint-5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80')
  t.equal(endpointName('affinity', one, pod), 'affinity-5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80')
})

t.test('an IPv6 address has dots; what is too long is cut behind its hash', async (t) => {
  const one = await named('ns1', 'svc1', '')
  t.match(
    endpointName('endpoint', one, endpoint('fd00::1', 80)),
    /-ns1\/svc1\/tcp\/__fd00\.\.1\/80$/,
  )
  const long = 'a'.repeat(63)
  const two = await named(long, long, long)
  const full = `2001:db8:${Array<string>(6).fill('aaaa').join(':')}`
  const name = endpointName('endpoint', two, endpoint(full, 65_535))
  t.equal(name.length, 'endpoint-'.length + 240)
  t.match(name, /^endpoint-\w{8}-aaa.*\.\.\.$/)
  t.notOk(serviceName('service', two).endsWith('...'))
})
