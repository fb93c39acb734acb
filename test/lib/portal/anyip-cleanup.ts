import t from 'tap'
import { cleanUpAnyIP } from '../../../lib/portal/anyip-cleanup.ts'
import { FakeIpRoute } from '../../fixtures/fake-ip-route.ts'

const ours = 'local 10.96.0.0/12 dev lo proto 85 src 192.168.77.1'
const foreign = 'local 10.50.0.0/16 dev lo scope host'
const denied = { exitCode: 2, stdout: '', stderr: 'RTNETLINK answers: Operation not permitted' }

t.test('removes our routes and no others, and finds nothing the second time', async (t) => {
  const fake = new FakeIpRoute()
  fake.routes['-4'] = [foreign, ours]
  t.strictSame(await cleanUpAnyIP({ run: fake.run }), [ours])
  t.strictSame(fake.routes['-4'], [foreign])
  t.strictSame(await cleanUpAnyIP({ run: fake.run }), [])
})

t.test('a dry run tells what would be removed, and leaves it', async (t) => {
  const fake = new FakeIpRoute()
  fake.routes['-4'] = [foreign, ours]
  t.strictSame(await cleanUpAnyIP({ run: fake.run, dryRun: true }), [ours])
  t.strictSame(fake.routes['-4'], [foreign, ours])
})

t.test('without ip, or without IPv6, there is nothing to clean up', async (t) => {
  const missing = Object.assign(new Error('spawn ip ENOENT'), { code: 'ENOENT' })
  t.strictSame(await cleanUpAnyIP({ run: () => Promise.reject(missing) }), [])
  const fake = new FakeIpRoute()
  fake.routes['-4'] = [ours]
  fake.fault = (call) => (call.startsWith('ip -6') ? denied : undefined)
  t.strictSame(await cleanUpAnyIP({ run: fake.run }), [ours])
})

t.test('who may not look or remove is told so', async (t) => {
  const fake = new FakeIpRoute()
  fake.routes['-4'] = [ours]
  fake.fault = (call) => (call.includes('del') ? denied : undefined)
  await t.rejects(cleanUpAnyIP({ run: fake.run }), { code: 'ERR_PORTAL', message: /CAP_NET_ADMIN/ })
  fake.fault = () => denied
  await t.rejects(cleanUpAnyIP({ run: fake.run }), { code: 'ERR_PORTAL', message: /CAP_NET_ADMIN/ })
})
