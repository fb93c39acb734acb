import t, { type Test } from 'tap'
import { Flags } from '../../../bin/flags.ts'
import type { HealthSurfaceOptions } from '../../../bin/run/health-surface.ts'
import { HealthSurface, healthzOption, readHealthzFlag } from '../../../bin/run/health-surface.ts'
import { MemorySource, Proxier } from '../../../lib/index.ts'
import { freePorts, holdPort } from '../../fixtures/held-port.ts'
import { listeningLogger } from '../../fixtures/listening-logger.ts'

function surfaceOf(
  t: Test,
  options: Partial<HealthSurfaceOptions> & Pick<HealthSurfaceOptions, 'healthz'>,
) {
  const proxier = new Proxier({ source: new MemorySource() })
  t.teardown(() => proxier.close())
  const { logger, messages } = listeningLogger()
  const portals = { mode: 'none', nodeportAddresses: undefined } as const
  const surface = new HealthSurface({ proxier, logger, portals, ...options })
  t.teardown(() => surface.close())
  return { surface, messages }
}

t.test('the flag is an address and a port, or empty', async (t) => {
  const read = (text: unknown) => readHealthzFlag(new Flags({ 'healthz-bind-address': text }))
  t.same(read(healthzOption.default), { address: '0.0.0.0', port: 10256 })
  t.same(read('[::]:0'), { address: '::', port: 0 })
  t.equal(read(''), undefined)
  t.throws(() => read('10256'), {
    message: /^--healthz-bind-address is "10256"; an address and a port such as /,
    exitCode: 2,
  })
})

t.test('probes are answered before the Proxier is started, and after it was closed', async (t) => {
  const { surface } = surfaceOf(t, { healthz: { address: '127.0.0.1', port: 0 } })
  t.equal(surface.place, 'not yet: its port is taken')
  await surface.start()
  const response = await fetch(`http://${surface.place}/readyz`)
  t.equal(response.status, 503)
  const { place } = surface
  await surface.close()
  await t.rejects(fetch(`http://${place}/readyz`))
})

t.test('where nobody is to ask nobody can', async (t) => {
  const { surface } = surfaceOf(t, { healthz: undefined })
  await surface.start()
  t.equal(surface.place, undefined)
})

t.test('a port that is taken ends nothing', async (t) => {
  const { port } = await holdPort(t, '127.0.0.1')
  const { surface, messages } = surfaceOf(t, { healthz: { address: '127.0.0.1', port } })
  await surface.start()
  t.equal(surface.place, 'not yet: its port is taken')
  const what = `health server: EADDRINUSE on 127.0.0.1:${port}; tried again every 5 s`
  t.same(messages('warn'), [what])
})

t.test('a Service is answered for where its node ports are', async (t) => {
  const address = '127.77.3.1'
  const [port, servicePort] = await freePorts(t, '0.0.0.0')
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      healthCheckNodePort: port,
      ports: [{ port: servicePort }],
    },
  }
  const proxier = new Proxier({ source: new MemorySource([service]), bindAddress: address })
  t.teardown(() => proxier.close())
  await proxier.start()
  const ask = (host: string) =>
    fetch(`http://${host}:${port}/`).then(
      ({ status }) => status,
      () => 'nobody',
    )
  for (const [mode, nodeportAddresses, expected] of [
    ['none', undefined, [503, 'nobody']],
    ['iptables', undefined, [503, 503]],
    ['anyip', ['198.51.100.0/24', '2001:db8::/32'], ['nobody', 'nobody']],
  ] as const) {
    const portals = { mode, nodeportAddresses }
    const { surface } = surfaceOf(t, { proxier, healthz: undefined, portals })
    await surface.start()
    t.same([await ask('127.0.0.1'), await ask(address)], expected, mode)
    await surface.close()
  }
})
