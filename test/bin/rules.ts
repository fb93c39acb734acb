import { writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import t from 'tap'
import { parseIptablesSave } from '../../lib/portal/iptables-save.ts'
import { startCommandLines } from '../fixtures/command-lines.ts'
import { comparable, goldenRules } from '../fixtures/golden-rules.ts'

const run = startCommandLines(t)

const golden = 'test/fixtures/golden/services.yaml'
const externalIPs = ['--external-ip-cidrs', '198.51.100.0/24,192.168.77.0/24']

async function rules(t: Test, manifest: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(['rules', '--manifests', manifest, ...args])
  t.equal(code, 0, stderr)
  return stdout
}

/** The address of this machine, to which the node's own clients are sent, as the one of the golden files. */
const masked = (text: string): string =>
  text.replaceAll(/(?<=--to-destination )[\d.]+/g, '192.168.77.1')

t.test('prints what kube-proxy would write, and our own chains', async (t) => {
  const text = await rules(t, golden, ...externalIPs)
  t.match(text, /^# iptables\n\*nat\n/)
  t.strictSame(comparable(parseIptablesSave(masked(text))), goldenRules('0.0.0.0'))
  t.match(text, /\n-A USERSPACE-PROXY-EXTERNAL -d 198\.51\.100\.7\/32 .* -j REDIRECT /)
  t.match(text, /\n-A USERSPACE-PROXY-EXT-HOST -d 198\.51\.100\.7\/32 .* -j DNAT /)
  t.match(text, '\n-A USERSPACE-PROXY-LOCALHOST -d 127.0.0.0/8 -j ACCEPT\n')
  t.same(
    [...text.matchAll(/^-A USERSPACE-PROXY-GUARD (.*)$/gm)].map(([, rule]) => rule),
    [
      '-p udp -m multiport --dports PROXYPORT -j REJECT --reject-with icmp-port-unreachable',
      '-p tcp -m multiport --dports PROXYPORT -j REJECT --reject-with tcp-reset',
    ],
  )
  t.match(text, /\nCOMMIT\n$/)
})

t.test(
  'for a bind address it prints redirects to that address, and asks no interface',
  async (t) => {
    const text = await rules(t, golden, ...externalIPs, '--bind-address', '192.168.77.1')
    t.strictSame(comparable(parseIptablesSave(text)), goldenRules('192.168.77.1'))
  },
)

t.test('without leave no external IP is in it', async (t) => {
  t.notMatch(await rules(t, golden), '198.51.100.7')
})

t.test('node ports on localhost need no rule', async (t) => {
  const text = await rules(t, golden, '--nodeport-addresses', 'localhost')
  t.notMatch(text, /^-A KUBE-NODEPORT/m)
  t.match(text, '-A KUBE-PORTALS-HOST -d 10.96.30.3/32 ')
})

t.test('both families have a part of their own', async (t) => {
  const text = await rules(t, 'test/fixtures/manifests/dual-stack.yaml')
  t.match(text, /^# iptables\n(?:.|\n)*\n# ip6tables\n\*nat\n/)
  t.match(text, '-A KUBE-PORTALS-CONTAINER -d 10.96.201.33/32 ')
  t.match(text, '-A KUBE-PORTALS-CONTAINER -d fd00:10:96::8f21/128 ')
})

t.test('for anyip it prints one command for each service CIDR', async (t) => {
  const text = await rules(
    t,
    golden,
    '--portals=anyip',
    '--service-cidr',
    '10.96.0.0/12, fd00:10:96::/112',
  )
  t.equal(
    text.replaceAll(/ src \S+$/gm, ''),
    'ip -4 route replace local 10.96.0.0/12 dev lo proto 85\n' +
      'ip -6 route replace local fd00:10:96::/112 dev lo proto 85\n',
  )
})

t.test('where nothing would be installed it says so', async (t) => {
  const path = `${t.testdir()}/headless.yaml`
  const spec = '{ clusterIP: None, ports: [{ port: 80 }] }'
  writeFileSync(path, `apiVersion: v1\nkind: Service\nmetadata: { name: db }\nspec: ${spec}\n`)
  t.match(await run(['rules', '--manifests', path]), {
    code: 0,
    stdout: '',
    stderr: 'nothing would be installed\n',
  })
})

const hostile: readonly (readonly [string, string])[] = [
  ['name', 'web" -j ACCEPT'],
  ['name', 'web\n-A INPUT -j ACCEPT'],
  ['namespace', '$(reboot)'],
  ['port', 'http\nCOMMIT'],
]

for (const [place, text] of hostile) {
  t.test(`a ${place} of ${JSON.stringify(text)} is refused, and nothing printed`, async (t) => {
    const at = (name: string, otherwise: string) => (name === place ? text : otherwise)
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: at('namespace', 'shop'), name: at('name', 'web') },
      spec: { clusterIP: '10.96.0.10', ports: [{ name: at('port', 'http'), port: 80 }] },
    }
    const path = `${t.testdir()}/hostile.json`
    writeFileSync(path, JSON.stringify(service))
    const { code, stdout, stderr } = await run(['rules', '--manifests', path])
    t.same({ code, stdout }, { code: 2, stdout: '' })
    t.match(stderr, /^error: \S+hostile\.json:\d+:\d+: .*\n$/)
  })
}
