import { readFileSync } from 'node:fs'
import t from 'tap'
import { iptablesMode } from '../../../../../lib/lab/render/iptables/iptables-mode.ts'
import { goldenServices, kernelServicesOf } from '../../../../fixtures/kernel-services.ts'

function golden(name: string): string {
  return readFileSync(new URL(`../../../../fixtures/golden/${name}`, import.meta.url), 'utf8')
}

/**
 * Services arrived in another order at the cluster than they have here. So the rules of the chains that all of them
 * share are compared sorted; the last one of KUBE-SERVICES is the same in both.
 */
function withSharedChainsSorted(text: string): string[] {
  const isShared = (line: string) => /^-A KUBE-(?:SERVICES|NODEPORTS) .*"default\//.test(line)
  const lines = text.split('\n')
  const shared = lines.filter(isShared).sort()
  return lines.map((line) => (isShared(line) ? (shared.shift() as string) : line))
}

t.test('prints what kube-proxy 1.20 wrote, to the letter', async (t) => {
  const services = await goldenServices('default-services.yaml')
  const text = iptablesMode(services, {
    family: 'IPv4',
    release: '1.20',
    clusterCIDR: '10.244.0.0/16',
  })
  t.strictSame(
    withSharedChainsSorted(text),
    withSharedChainsSorted(golden('iptables-mode.default-services.txt')),
  )
})

t.test('marks stand before the jumps they belong to', async (t) => {
  const services = await goldenServices('default-services.yaml')
  const options = { family: 'IPv4', release: '1.20', clusterCIDR: '10.244.0.0/16' } as const
  const rules = iptablesMode(services, options).split('\n')
  for (const name of ['default/web:http cluster IP', 'default/web:http']) {
    const own = rules.filter(
      (rule) => /-A KUBE-(?:SERV|NODEP)/.test(rule) && rule.includes(`"${name}"`),
    )
    t.match(own, [/-j KUBE-MARK-MASQ$/, /-j KUBE-SVC-CDGGSHYLG3RE2FKL$/])
  }
})

t.test('prints what an article shows of kube-proxy 1.23, to the letter', async (t) => {
  const services = await goldenServices('article.yaml')
  const text = iptablesMode(services, {
    family: 'IPv4',
    release: '1.23',
    clusterCIDR: '192.168.0.0/16',
  })
  const wanted = golden('iptables-mode.article.txt').trimEnd().split('\n')
  const nat = text.slice(text.indexOf('*nat')).split('\n')
  // The article leaves out what is not of this Service.
  const printed = nat.filter((line) => wanted.includes(line))
  t.strictSame(printed.toSorted(), wanted.toSorted())
  t.strictSame(
    nat.filter((line) => line.includes('nginx-basic') && !wanted.includes(line)),
    [],
  )
})

t.test('a family has rules of its own', async (t) => {
  const services = await kernelServicesOf([
    {
      spec: {
        clusterIP: '10.96.0.1',
        clusterIPs: ['10.96.0.1', 'fd00:10:96::1'],
        ipFamilies: ['IPv4', 'IPv6'],
        ports: [{ port: 80, nodePort: 30_080 }],
        type: 'NodePort',
        sessionAffinity: 'ClientIP',
      },
      endpoints: ['10.244.0.11', 'fd00:10:244::11'],
    },
  ])
  const ipv6 = iptablesMode(services, { family: 'IPv6', release: '1.20' })
  t.notMatch(ipv6, '10.')
  t.match(ipv6, ' -d fd00:10:96::1/128 -p tcp ')
  t.match(ipv6, / --seconds 10800 --reap --name \S+ --mask ffff(?::ffff){7} --rsource /)
  t.match(ipv6, ' -j DNAT --to-destination [fd00:10:244::11]:8080\n')
  t.notMatch(iptablesMode(services, { family: 'IPv4', release: '1.20' }), 'fd00')
})
