import t from 'tap'
import { Flags } from '../../bin/flags.ts'
import { idleFlags } from '../../bin/idle-flags.ts'
import type { PortalModeName } from '../../bin/portal-binders.ts'
import { runBinary } from '../fixtures/binary.ts'

const given = {
  'bind-address': '0.0.0.0',
  'external-ip-cidrs': '203.0.113.0/24',
  'keep-portals': true,
  'nodeport-addresses': 'all',
  'proxy-port-range': '8000-8999',
  'service-cidr': '10.96.0.0/12',
}

const idle: Readonly<Record<PortalModeName, readonly string[]>> = {
  none: [
    '--service-cidr has no effect with --portals none: cluster IPs are not served',
    '--external-ip-cidrs has no effect with --portals none: external IPs are not served',
    '--keep-portals has no effect with --portals none: nothing is installed that could be left',
  ],
  iptables: [
    '--service-cidr has no effect with --portals iptables: cluster IPs are served wherever they are',
  ],
  anyip: [
    '--bind-address has no effect with --portals anyip: the addresses of Services are listened on',
    '--proxy-port-range has no effect with --portals anyip: there are no proxy ports',
  ],
}

for (const mode of ['none', 'iptables', 'anyip'] as const) {
  t.test(`with --portals ${mode}`, async (t) => {
    t.same(idleFlags(new Flags(given), mode), idle[mode])
    t.same(idleFlags(new Flags({}), mode), [])
    t.same(idleFlags(new Flags({ 'keep-portals': false, 'proxy-port-range': '' }), mode), [])
  })
}

t.test('they are warned of, and the command does what it should', async (t) => {
  const args = ['rules', '--manifests', 'examples/shop.yaml', '--service-cidr', '10.96.0.0/12']
  const { code, stdout, stderr } = await runBinary(t, args)
  t.same({ code, stderr }, { code: 0, stderr: `warning: ${idle.iptables[0]}\n` })
  t.match(stdout, '*nat')
})
