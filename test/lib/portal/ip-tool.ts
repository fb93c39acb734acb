import t from 'tap'
import { CIDR } from '../../../lib/address.ts'
import { IpTool } from '../../../lib/portal/ip-tool.ts'
import { FakeIpRoute } from '../../fixtures/fake-ip-route.ts'

const cidr = CIDR.parse('10.96.0.0/12') as CIDR

t.test('shows, replaces and removes, one command each', async (t) => {
  const fake = new FakeIpRoute()
  const tool = new IpTool({ family: 'IPv4', run: fake.run })
  await tool.replace(cidr, '192.168.77.1')
  const [route] = await tool.show('local')
  t.match(route, { type: 'local', address: '10.96.0.0', source: '192.168.77.1' })
  if (route) await tool.remove(route)
  t.strictSame(fake.calls, [
    'ip -4 route replace local 10.96.0.0/12 dev lo proto 85 src 192.168.77.1',
    'ip -4 route show table local',
    'ip -4 route del local 10.96.0.0/12 dev lo proto 85',
  ])
  t.strictSame(fake.routes['-4'], [])
})

t.test('speaks of its own family only', async (t) => {
  const fake = new FakeIpRoute()
  await new IpTool({ family: 'IPv6', run: fake.run }).show('all')
  t.strictSame(fake.calls, ['ip -6 route show table all'])
})

t.test('a command that fails or cannot run is an ERR_PORTAL', async (t) => {
  const fake = new FakeIpRoute()
  const tool = new IpTool({ family: 'IPv4', run: fake.run })
  fake.fault = () => Object.assign(new Error('spawn ip ENOENT'), { code: 'ENOENT' })
  await t.rejects(tool.show('local'), {
    code: 'ERR_PORTAL',
    message: /^ip is not installed: install the package iproute2/,
  })
  fake.fault = () => ({
    exitCode: 2,
    stdout: '',
    stderr: 'RTNETLINK answers: Operation not permitted',
  })
  await t.rejects(tool.replace(cidr, undefined), {
    code: 'ERR_PORTAL',
    message: /^ip: the right CAP_NET_ADMIN is missing/,
  })
})
