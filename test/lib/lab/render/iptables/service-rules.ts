import t from 'tap'
import { serviceChain } from '../../../../../lib/lab/render/iptables/chain-names.ts'
import type { ServiceRulesOptions } from '../../../../../lib/lab/render/iptables/service-rules.ts'
import { serviceRules } from '../../../../../lib/lab/render/iptables/service-rules.ts'
import type { KernelService } from '../../../../../lib/lab/render/kernel-service.ts'
import { kernelServicesOf } from '../../../../fixtures/kernel-services.ts'
import type { ServiceObject } from '../../../../fixtures/kernel-services.ts'

const pods = '10.244.0.0/16'
const three = ['10.244.0.11', '10.244.0.12', '10.244.0.13']

async function only(object: ServiceObject, nodeName = ''): Promise<KernelService> {
  const [service] = await kernelServicesOf([object], { nodeName })
  return service as KernelService
}

/** Rules of some chains, with the names of kube-proxy's chains short and without comments. */
function rules(
  service: KernelService,
  chains: RegExp,
  options: Partial<ServiceRulesOptions> = {},
): string[] {
  let text = serviceRules(service, { release: '1.20', ...options })
    .filter(({ chain }) => chains.test(chain))
    .map(({ table, line }) => `${table} ${line}`)
    .join('\n')
  for (const prefix of ['SVC', 'XLB', 'FW'] as const) {
    text = text.replaceAll(serviceChain(prefix, service), `KUBE-${prefix}`)
  }
  return text.replaceAll(/ -m comment --comment "[^"]*"/g, '').split('\n')
}

const external = { clusterIP: '10.96.0.1', externalIPs: ['198.51.100.7'], ports: [{ port: 80 }] }

t.test('1.20: an external IP is for who comes from outside, or is on the node', async (t) => {
  const service = await only({ spec: external, endpoints: three })
  const line = 'nat -A KUBE-SERVICES -d 198.51.100.7/32 -p tcp -m tcp --dport 80'
  t.same(rules(service, /SERVICES/, { clusterCIDR: pods }).slice(2), [
    `${line} -j KUBE-MARK-MASQ`,
    `${line} -m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j KUBE-SVC`,
    `${line} -m addrtype --dst-type LOCAL -j KUBE-SVC`,
  ])
})

t.test('1.23: an external IP is for everybody, and only strangers are masqueraded', async (t) => {
  const service = await only({ spec: external, endpoints: three })
  const rest = '-d 198.51.100.7/32 -p tcp -m tcp --dport 80'
  const known = rules(service, /SERVICES|SVC/, { release: '1.23', clusterCIDR: pods })
  t.same(known.slice(0, 4), [
    `nat -A KUBE-SVC ! -s ${pods} -d 10.96.0.1/32 -p tcp -m tcp --dport 80 -j KUBE-MARK-MASQ`,
    'nat -A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m tcp --dport 80 -j KUBE-SVC',
    `nat -A KUBE-SVC ! -s ${pods} ${rest} -j KUBE-MARK-MASQ`,
    `nat -A KUBE-SERVICES ${rest} -j KUBE-SVC`,
  ])
  const unknown = rules(service, /SERVICES|SVC/, { release: '1.23' })
  t.same(unknown.slice(0, 3), [
    'nat -A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m tcp --dport 80 -j KUBE-SVC',
    `nat -A KUBE-SVC ${rest} -j KUBE-MARK-MASQ`,
    `nat -A KUBE-SERVICES ${rest} -j KUBE-SVC`,
  ])
})

const balanced = {
  type: 'LoadBalancer',
  clusterIP: '10.96.0.1',
  ports: [{ port: 80, nodePort: 30_080 }],
}
const status = {
  loadBalancer: { ingress: [{ ip: '203.0.113.9' }, { ip: '203.0.113.10', ipMode: 'Proxy' }] },
}

t.test('a load-balancer IP has a chain of its own, and drops who comes out of it', async (t) => {
  const service = await only({ spec: balanced, status, endpoints: three })
  t.same(rules(service, /FW|SERVICES/).slice(1), [
    'nat -A KUBE-SERVICES -d 203.0.113.9/32 -p tcp -m tcp --dport 80 -j KUBE-FW',
    'nat -A KUBE-FW -j KUBE-MARK-MASQ',
    'nat -A KUBE-FW -j KUBE-SVC',
    'nat -A KUBE-FW -j KUBE-MARK-DROP',
  ])
})

t.test('source ranges are asked one by one; one with the node admits its own IP', async (t) => {
  const loadBalancerSourceRanges = ['192.0.2.0/24', '198.51.100.0/24']
  const spec = { ...balanced, loadBalancerSourceRanges }
  const service = await only({ spec, status, endpoints: three })
  const ranges = [
    'nat -A KUBE-FW -s 192.0.2.0/24 -j KUBE-SVC',
    'nat -A KUBE-FW -s 198.51.100.0/24 -j KUBE-SVC',
  ]
  const [first, last] = ['nat -A KUBE-FW -j KUBE-MARK-MASQ', 'nat -A KUBE-FW -j KUBE-MARK-DROP']
  t.same(rules(service, /FW/), [first, ...ranges, last])
  t.same(rules(service, /FW/, { nodeAddress: '203.0.113.1' }), [first, ...ranges, last])
  t.same(rules(service, /FW/, { nodeAddress: '192.0.2.1' }), [
    first,
    ...ranges,
    'nat -A KUBE-FW -s 203.0.113.9/32 -j KUBE-SVC',
    last,
  ])
})

t.test('with policy Local strangers get endpoints of this node, and no mark', async (t) => {
  const spec = {
    ...balanced,
    externalTrafficPolicy: 'Local',
    externalIPs: ['198.51.100.7'],
    sessionAffinity: 'ClientIP',
  }
  const endpoints = [...three, '10.244.0.14']
  const service = await only({ spec, status, endpoints }, 'node-a')
  const text = rules(service, /XLB|NODEPORTS|FW/, { clusterCIDR: pods }).map((line) =>
    line.replaceAll(/KUBE-SEP-\w+/g, 'SEP'),
  )
  const asked =
    '-m recent --rcheck --seconds 10800 --reap --name SEP --mask 255.255.255.255 --rsource'
  t.same(text, [
    'nat -A KUBE-FW -j KUBE-XLB',
    'nat -A KUBE-FW -j KUBE-MARK-DROP',
    'nat -A KUBE-NODEPORTS -s 127.0.0.0/8 -p tcp -m tcp --dport 30080 -j KUBE-MARK-MASQ',
    'nat -A KUBE-NODEPORTS -p tcp -m tcp --dport 30080 -j KUBE-XLB',
    `nat -A KUBE-XLB -s ${pods} -j KUBE-SVC`,
    'nat -A KUBE-XLB -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ',
    'nat -A KUBE-XLB -m addrtype --src-type LOCAL -j KUBE-SVC',
    `nat -A KUBE-XLB ${asked} -j SEP`,
    `nat -A KUBE-XLB ${asked} -j SEP`,
    'nat -A KUBE-XLB -m statistic --mode random --probability 0.50000000000 -j SEP',
    'nat -A KUBE-XLB -j SEP',
  ])
  t.match(rules(service, /SERVICES/)[1], '--src-type LOCAL -j KUBE-XLB')
  const lines = serviceRules(service, { release: '1.20' }).map(({ line }) => line)
  t.ok(lines.some((line) => line.includes('"Balancing rule 1 for default/web"')))
  const newer = serviceRules(service, { release: '1.23' }).map(({ line }) => line)
  t.notOk(newer.some((line) => line.includes('Balancing rule')))
})

t.test('with policy Local and no endpoint here, strangers are dropped', async (t) => {
  const spec = { ...balanced, externalTrafficPolicy: 'Local' }
  const service = await only({ spec, endpoints: three }, 'node-z')
  t.same(rules(service, /XLB/), [
    'nat -A KUBE-XLB -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ',
    'nat -A KUBE-XLB -m addrtype --src-type LOCAL -j KUBE-SVC',
    'nat -A KUBE-XLB -j KUBE-MARK-DROP',
  ])
  const ipv6 = await only({
    spec: { ...spec, clusterIP: 'fd00::1', clusterIPs: ['fd00::1'], ipFamilies: ['IPv6'] },
    endpoints: ['fd00::11'],
  })
  t.match(rules(ipv6, /NODEPORTS/), ['nat -A KUBE-NODEPORTS -s ::1/128 -p tcp'])
})

t.test('what is Local within the cluster is Local in KUBE-SVC', async (t) => {
  const spec = { ...external, internalTrafficPolicy: 'Local' }
  const service = await only({ spec, endpoints: three }, 'node-b')
  t.equal(rules(service, /SVC/).length, 1)
  t.match(rules(service, /SEP/)[1], 'DNAT --to-destination 10.244.0.12:8080')
})

t.test('every chain that is jumped to has rules, or is there anyway', async (t) => {
  const spec = { ...balanced, externalTrafficPolicy: 'Local', internalTrafficPolicy: 'Local' }
  const service = await only({ spec, status, endpoints: three }, 'node-b')
  const all = serviceRules(service, { release: '1.20' })
  const chains = new Set(all.map(({ chain }) => chain))
  const jumps = all.map(({ line }) => / -j (KUBE-(?:SVC|SEP|XLB|FW)-\w+)$/.exec(line)?.[1])
  t.same(
    jumps.filter((jump) => jump !== undefined && !chains.has(jump)),
    [],
  )
})

t.test('without endpoints everything is refused at once', async (t) => {
  const service = await only({ spec: { ...balanced, externalIPs: ['198.51.100.7'] }, status })
  const reject = '-j REJECT --reject-with icmp-port-unreachable'
  t.same(rules(service, /./), [
    `filter -A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m tcp --dport 80 ${reject}`,
    `filter -A KUBE-EXTERNAL-SERVICES -d 198.51.100.7/32 -p tcp -m tcp --dport 80 ${reject}`,
    `filter -A KUBE-EXTERNAL-SERVICES -d 203.0.113.9/32 -p tcp -m tcp --dport 80 ${reject}`,
    `filter -A KUBE-EXTERNAL-SERVICES -p tcp -m addrtype --dst-type LOCAL -m tcp --dport 30080 ${reject}`,
  ])
  const spec = { clusterIP: 'fd00::1', clusterIPs: ['fd00::1'], ipFamilies: ['IPv6'] }
  const ipv6 = await only({ spec: { ...spec, ports: [{ port: 80 }] } })
  t.match(rules(ipv6, /./), [/--reject-with icmp6-port-unreachable$/])
})
