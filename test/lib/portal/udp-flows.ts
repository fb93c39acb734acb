import t from 'tap'
import type { CommandResult } from '../../../lib/portal/run-command.ts'
import {
  changedUdpPortals,
  forgetUdpFlows,
  installedUdpPortals,
} from '../../../lib/portal/udp-flows.ts'
import { iptablesRules } from '../../../lib/portal/iptables-rules.ts'
import { goldenBound } from '../../fixtures/bound-service-ports.ts'

// As conntrack v1.4.7 prints them: to a cluster IP, to a node port, to something that is none of ours.
const list = `udp      17 29 src=10.244.0.20 dst=10.96.30.1 sport=4001 dport=53 src=192.168.77.1 dst=10.244.0.20 sport=40002 dport=4001 mark=0 use=1
udp      17 29 src=10.244.0.21 dst=10.96.30.1 sport=4002 dport=53 [UNREPLIED] src=10.96.30.1 dst=10.244.0.21 sport=53 dport=4002 mark=0 use=1
udp      17 9 src=192.168.77.2 dst=192.168.77.1 sport=4003 dport=30153 src=192.168.77.1 dst=192.168.77.2 sport=40005 dport=4003 [ASSURED] mark=0 use=1
udp      17 9 src=192.168.77.1 dst=192.168.77.2 sport=4003 dport=123 src=192.168.77.2 dst=192.168.77.1 sport=123 dport=4003 mark=0 use=1
`

function fakeConntrack(results: readonly (CommandResult | Error)[]) {
  const calls: string[] = []
  const run = async (command: string, args: readonly string[]) => {
    calls.push([command, ...args].join(' '))
    const result = results[calls.length - 1] ?? { exitCode: 0, stdout: '', stderr: '' }
    if (result instanceof Error) throw result
    return result
  }
  return { calls, run }
}
const listed: CommandResult = { exitCode: 0, stdout: list, stderr: '' }

t.test('the UDP portals of a change are those whose redirects come or go', async (t) => {
  const portals = changedUdpPortals([
    {
      table: 'nat',
      lines: [
        '-A KUBE-PORTALS-CONTAINER -d 10.96.30.1/32 -p udp -m comment --comment "golden/clusterip:dns" -m udp --dport 53 -j REDIRECT --to-ports 1',
        '-D KUBE-PORTALS-HOST -d fd00::1/128 -p udp -m comment --comment "a/b" -m udp --dport 54 -j DNAT --to-destination [fd00::2]:1',
        '-A KUBE-NODEPORT-HOST -p udp -m comment --comment "a/b external" -m udp --dport 30153 -j DNAT --to-destination 192.168.77.1:1',
        '-A KUBE-PORTALS-HOST -d 10.96.30.1/32 -p tcp -m comment --comment "a/b" -m tcp --dport 80 -j REDIRECT --to-ports 1',
        '-A USERSPACE-PROXY-EXTERNAL -d 198.51.100.7/32 -p udp -m comment --comment "a/b" -m udp --dport 55 -j REDIRECT --to-ports 1',
        '-A USERSPACE-PROXY-EXT-HOST -d 198.51.100.8/32 -p udp -m comment --comment "a/b" -m udp --dport 55 -j DNAT --to-destination 192.168.77.1:1',
        '-D FOREIGN -d 198.51.100.9/32 -p udp -m udp --dport 55 -j KUBE-PORTALS-HOST',
      ],
    },
    {
      table: 'filter',
      lines: [
        '-A KUBE-NODEPORT-NON-LOCAL -p udp -m comment --comment "a/b" -m udp --dport 40000 -m state --state NEW -j ACCEPT',
      ],
    },
  ])
  t.strictSame(
    [...portals],
    ['10.96.30.1 53', 'fd00::1 54', '30153', '198.51.100.7 55', '198.51.100.8 55'],
  )
})

t.test('the UDP portals of a rule set are all of it', async (t) => {
  const options = { family: 'IPv4', nodeAddress: '192.168.77.1', externalIPCIDRs: [] } as const
  const { ruleSet } = iptablesRules(goldenBound(), options)
  t.strictSame([...installedUdpPortals(ruleSet)].sort(), [
    '10.96.30.1 53',
    '10.96.30.3 53',
    '30153',
  ])
  t.strictSame([...installedUdpPortals({ nat: new Map(), filter: new Map() })], [])
})

t.test(
  'one process lists the flows, and one for each portal that has any deletes them',
  async (t) => {
    const deleted = { exitCode: 0, stdout: 'udp 17 src=a dst=b\nudp 17 src=c dst=b\n', stderr: '' }
    const { calls, run } = fakeConntrack([listed, deleted])
    const portals = new Set(['10.96.30.1 53', '10.96.30.3 53', '30153'])
    t.equal(await forgetUdpFlows(portals, { family: 'IPv4', run }), 2)
    t.strictSame(calls, [
      'conntrack -L -f ipv4 -p udp',
      'conntrack -D -f ipv4 -p udp --orig-dst 10.96.30.1 --orig-port-dst 53',
      'conntrack -D -f ipv4 -p udp --orig-dst 192.168.77.1 --orig-port-dst 30153',
    ])
  },
)

t.test('no change is no process', async (t) => {
  const { calls, run } = fakeConntrack([])
  t.equal(await forgetUdpFlows(new Set(), { family: 'IPv6', run }), 0)
  t.strictSame(calls, [])
})

t.test('a flow that has ended in between is no fault', async (t) => {
  const gone = { exitCode: 1, stdout: '', stderr: '0 flow entries have been deleted.' }
  const { run } = fakeConntrack([listed, gone])
  await t.resolves(forgetUdpFlows(new Set(['10.96.30.1 53']), { family: 'IPv6', run }))
})

t.test('a tool that is missing, or may not look, is one', async (t) => {
  const missing = Object.assign(new Error('spawn conntrack ENOENT'), { code: 'ENOENT' })
  const portals = new Set(['10.96.30.1 53'])
  await t.rejects(forgetUdpFlows(portals, { family: 'IPv4', run: fakeConntrack([missing]).run }), {
    code: 'ERR_PORTAL',
    message: 'conntrack is not installed: install the package conntrack',
  })
  const denied = { exitCode: 1, stdout: '', stderr: 'Operation failed: Operation not permitted' }
  await t.rejects(forgetUdpFlows(portals, { family: 'IPv4', run: fakeConntrack([denied]).run }), {
    code: 'ERR_PORTAL',
    message: /CAP_NET_ADMIN/,
  })
})
