import fc from 'fast-check'
import t from 'tap'
import { ProxyError } from '../../lib/errors.ts'
import { defaults, parseOptions, parsePortRange } from '../../lib/options.ts'

t.test('the defaults are what is documented', async (t) => {
  t.matchOnly(parseOptions(), {
    bindAddress: '127.0.0.1',
    nodeName: '',
    clusterCIDRs: [],
    serviceProxyName: '',
    externalIPCIDRs: [],
    workers: 1,
    scheduler: 'rr',
    dialTimeoutsMs: [250, 500, 1000, 2000],
    halfCloseTimeoutMs: 3_600_000,
    stallTimeoutMs: 3_600_000,
    keepAliveMs: 15_000,
    udpTimeoutMs: 60_000,
    maxUdpFlows: 10_000,
    fastReads: true,
    maxDescriptors: 0,
    maxAffinityClients: 100_000,
    proxyPortRange: '',
    syncPeriodMs: 30_000,
    minSyncPeriodMs: 50,
  })
  t.ok(Object.isFrozen(defaults))
  t.ok(Object.isFrozen(parseOptions()))
})

t.test('what is given counts, and undefined is not given', async (t) => {
  const options = parseOptions({ bindAddress: '::1', maxUdpFlows: undefined as never })
  t.equal(options.bindAddress, '::1')
  t.equal(options.maxUdpFlows, 10_000)
  const node = {
    nodeName: 'node-1.example',
    serviceProxyName: 'mine',
    clusterCIDRs: ['10.0.0.0/8'],
  }
  t.match(parseOptions(node), node)
})

const bad: readonly (readonly [Record<string, unknown>, string])[] = [
  [{ workers: 0 }, 'workers is 0; a whole number from 1 to 64 would be right'],
  [{ workers: 65 }, 'workers is 65; a whole number'],
  [{ scheduler: 'sh' }, 'scheduler is "sh"; rr or lc would be right'],
  [{ bindAdress: '::1' }, 'bindAdress is not an option; one of bindAddress, '],
  [{ __proto__x: 1 }, '__proto__x is not an option'],
  [{ constructor: 1 }, 'constructor is not an option'],
  [
    { bindAddress: 'localhost' },
    'bindAddress is "localhost"; an IPv4 or IPv6 address would be right',
  ],
  [
    { bindAddress: '010.0.0.1' },
    'bindAddress is "010.0.0.1"; an IPv4 or IPv6 address would be right',
  ],
  [{ bindAddress: 1 }, 'bindAddress is 1; an IPv4 or IPv6 address would be right'],
  [
    { dialTimeoutsMs: [] },
    'dialTimeoutsMs is []; a list of 1 to 16 whole numbers from 1 to 60000 ms would be right',
  ],
  [{ dialTimeoutsMs: [250, 0] }, 'dialTimeoutsMs is [250,0]; a list of 1 to 16 whole numbers'],
  [{ dialTimeoutsMs: Array(17).fill(1) }, 'dialTimeoutsMs is [1,1,'],
  [{ dialTimeoutsMs: 250 }, 'dialTimeoutsMs is 250; a list of 1 to 16 whole numbers'],
  [
    { externalIPCIDRs: ['10.0.0.0'] },
    'externalIPCIDRs is ["10.0.0.0"]; a list of CIDRs (198.51.100.0/24) would be right',
  ],
  [{ clusterCIDRs: ['10.244.0.0'] }, 'clusterCIDRs is ["10.244.0.0"]; a list of CIDRs'],
  [
    { nodeName: 'Node 1' },
    'nodeName is "Node 1"; "" or a DNS name (labels of a-z, 0-9 and "-" with dots between, at most 253 characters) would be right',
  ],
  [{ nodeName: 1 }, 'nodeName is 1; "" or a DNS name'],
  [
    { serviceProxyName: 'a b' },
    'serviceProxyName is "a b"; a label value (at most 63 letters, digits, "-", "_" and ".", a letter or digit at both ends) would be right',
  ],
  [{ serviceProxyName: null }, 'serviceProxyName is null; a label value'],
  [{ externalIPCIDRs: '10.0.0.0/8' }, 'externalIPCIDRs is "10.0.0.0/8"; a list of CIDRs'],
  [{ externalIPCIDRs: [8] }, 'externalIPCIDRs is [8]; a list of CIDRs'],
  [{ udpTimeoutMs: 0 }, 'udpTimeoutMs is 0; a whole number from 1 to 2147483647 ms would be right'],
  [{ udpTimeoutMs: 1.5 }, 'udpTimeoutMs is 1.5; a whole number'],
  [{ udpTimeoutMs: '60s' }, 'udpTimeoutMs is "60s"; a whole number'],
  [{ udpTimeoutMs: 2 ** 31 }, 'udpTimeoutMs is 2147483648; a whole number'],
  [{ keepAliveMs: -1 }, 'keepAliveMs is -1; a whole number from 0'],
  [{ halfCloseTimeoutMs: NaN }, 'halfCloseTimeoutMs is null; a whole number'],
  [{ maxUdpFlows: 0 }, 'maxUdpFlows is 0; a whole number from 1 to 1000000 would be right'],
  [{ maxAffinityClients: null }, 'maxAffinityClients is null; a whole number'],
  [
    { proxyPortRange: '8000-7000' },
    'proxyPortRange is "8000-7000"; "" or a range of ports from 1 to 65535: 8000-8999, 8000+999 or 8000 would be right',
  ],
  [{ proxyPortRange: '0-10' }, 'proxyPortRange is "0-10"; ""'],
  [{ proxyPortRange: '60000+9999' }, 'proxyPortRange is "60000+9999"; ""'],
  [{ proxyPortRange: 8000 }, 'proxyPortRange is 8000; ""'],
  [{ syncPeriodMs: 99 }, 'syncPeriodMs is 99; a whole number from 100'],
  [
    { minSyncPeriodMs: 200, syncPeriodMs: 100 },
    'minSyncPeriodMs is 200; at most syncPeriodMs (100) would be right',
  ],
]

for (const [input, message] of bad) {
  t.test(`refuses ${JSON.stringify(input)}`, async (t) => {
    try {
      parseOptions(input)
      t.fail('was accepted')
    } catch (error) {
      t.ok(error instanceof ProxyError)
      t.equal((error as ProxyError).code, 'ERR_INVALID_OPTION')
      t.equal((error as ProxyError).message.slice(0, message.length), message)
    }
  })
}

t.test('a port range is read in its three spellings', async (t) => {
  t.same(parsePortRange('8000-8999'), { first: 8000, last: 8999 })
  t.same(parsePortRange('8000+10'), { first: 8000, last: 8010 })
  t.same(parsePortRange('8000'), { first: 8000, last: 8000 })
  for (const text of ['', '-', '8000-', '08000', '8000 - 8001', '1-65536', 'a-b'])
    t.equal(parsePortRange(text), undefined, text)
})

t.test('any input is either accepted or refused with ERR_INVALID_OPTION', async () => {
  const key = fc.constantFrom(...Object.keys(defaults), 'x')
  fc.assert(
    fc.property(fc.dictionary(key, fc.jsonValue()), (input) => {
      try {
        parseOptions(input)
        return true
      } catch (error) {
        return error instanceof ProxyError && error.code === 'ERR_INVALID_OPTION'
      }
    }),
  )
})
