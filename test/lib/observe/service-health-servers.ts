import { EventEmitter, once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import type { ServiceHealth } from '../../../lib/model/service-health.ts'
import type { ServiceHealthServersOptions } from '../../../lib/observe/service-health-servers.ts'
import { ServiceHealthServers } from '../../../lib/observe/service-health-servers.ts'
import { Proxier } from '../../../lib/proxier.ts'
import type { ProxierHealth } from '../../../lib/proxier-options.ts'
import { MemorySource } from '../../../lib/source/memory-source.ts'
import { freePorts, holdPort } from '../../fixtures/held-port.ts'
import { interfacesWith } from '../../fixtures/interfaces.ts'
import { listeningLogger } from '../../fixtures/listening-logger.ts'
import { healthOf } from '../../fixtures/proxier-health.ts'

/** A Proxier that says what the test says. */
class FakeProxier extends EventEmitter<{ sync: [] }> {
  rows: ServiceHealth[] = []
  fields: Partial<ProxierHealth> = {}

  serviceHealth(): ServiceHealth[] {
    return this.rows
  }

  async health(): Promise<ProxierHealth> {
    return healthOf(this.fields)
  }
}

function row(name: string, healthCheckNodePort: number, localEndpoints = 1): ServiceHealth {
  return { namespace: 'shop', name, healthCheckNodePort, localEndpoints }
}

/** On a node that has one address. */
function serversOn(
  t: Test,
  address: string,
  options: Partial<ServiceHealthServersOptions> & Pick<ServiceHealthServersOptions, 'proxier'>,
): ServiceHealthServers {
  let nowMs = 0
  const servers = new ServiceHealthServers({
    nodeportAddresses: ['127.0.0.0/8'],
    interfaces: () => interfacesWith(address),
    // A second for each question: what is answered may be no older.
    now: () => (nowMs += 1000),
    ...options,
  })
  t.teardown(() => servers.close())
  return servers
}

interface Answer {
  readonly status: number
  readonly name: string
  readonly localEndpoints: number
}

/** The answer at `address:port`; `undefined` where nobody listens. */
async function ask(address: string, port: number): Promise<Answer | undefined> {
  const response = await fetch(`http://${address}:${port}/`).catch(() => undefined)
  if (response === undefined) return undefined
  const { service, localEndpoints } = (await response.json()) as {
    service: { name: string }
    localEndpoints: number
  }
  return { status: response.status, name: service.name, localEndpoints }
}

/** Asks until the answer is as it should be. Ends by the timeout of the test only. */
async function until(
  place: readonly [address: string, port: number],
  isRight: (answer: Answer | undefined) => boolean,
): Promise<Answer | undefined> {
  for (;;) {
    const answer = await ask(...place)
    if (isRight(answer)) return answer
  }
}

t.test('each Service is answered for at its port, as of the last sync', async (t) => {
  const address = '127.77.2.1'
  const [port, other] = await freePorts(t, address)
  const proxier = new FakeProxier()
  proxier.rows = [row('web', port, 2), row('db', other, 0)]
  await serversOn(t, address, { proxier }).start()
  t.same(await ask(address, port), { status: 200, name: 'web', localEndpoints: 2 })
  t.same(await ask(address, other), { status: 503, name: 'db', localEndpoints: 0 })

  proxier.rows = [row('web', port, 0), row('db', other, 3)]
  t.match(await ask(address, port), { localEndpoints: 2 }, 'before the sync')
  proxier.emit('sync')
  t.same(await ask(address, port), { status: 503, name: 'web', localEndpoints: 0 })
  t.same(await ask(address, other), { status: 200, name: 'db', localEndpoints: 3 })

  proxier.fields = { isHealthy: false }
  t.match(await ask(address, other), { status: 503, localEndpoints: 3 })
  proxier.fields = { isClosing: true }
  t.match(await ask(address, other), { status: 503, localEndpoints: 3 })
  proxier.fields = { isNodeEligible: false }
  t.match(await ask(address, other), { status: 200 }, 'the node is no matter of this')
})

t.test('Services that come are served, and those that go are not', async (t) => {
  const address = '127.77.2.2'
  const [port, next] = await freePorts(t, address)
  const proxier = new FakeProxier()
  await serversOn(t, address, { proxier }).start()
  t.equal(await ask(address, port), undefined)
  proxier.rows = [row('web', port)]
  proxier.emit('sync')
  t.match(await until([address, port], Boolean), { status: 200, name: 'web' })

  proxier.rows = [row('db', port), row('web', next)]
  proxier.emit('sync')
  t.match(await until([address, port], (answer) => answer?.name === 'db'), { status: 200 })
  t.match(await until([address, next], Boolean), { status: 200, name: 'web' })

  proxier.rows = [row('web', next)]
  proxier.emit('sync')
  t.match(await ask(address, port), { status: 503, localEndpoints: 0 }, 'until it is closed')
  t.equal(await until([address, port], (answer) => answer === undefined), undefined)
  t.match(await ask(address, next), { status: 200, name: 'web' })
})

t.test('a port that is taken is told once, and tried again until it is free', async (t) => {
  const address = '127.77.2.3'
  const { port, server: other } = await holdPort(t, address)
  const [free] = await freePorts(t, address)
  const proxier = new FakeProxier()
  proxier.rows = [row('web', port), row('db', free)]
  const { logger, lines, messages, until: heard } = listeningLogger()
  const failures: unknown[] = []
  const onFailure = (failure: unknown): void => void failures.push(failure)
  await serversOn(t, address, { proxier, logger, onFailure }).start()
  t.match(await ask(address, free), { status: 200 }, 'others are served meanwhile')
  await heard(/^Error: 1 ports for health checks are tried again$/, 2)
  other.close()
  await once(other, 'close')
  await heard(/is started$/)
  t.match(await ask(address, port), { status: 200, name: 'web' })
  const what = `failed to start healthcheck "shop/web" on port ${port}`
  t.same(messages('warn'), [`${what}: EADDRINUSE on ${address}:${port}; tried again`])
  t.match(lines.find(({ level }) => level === 'warn')?.fields, {
    event: 'service-health',
    reason: 'FailedToStartServiceHealthcheck',
    service: 'shop/web',
    code: 'ERR_LISTEN',
  })
  const message = `${what}: EADDRINUSE on ${address}:${port}`
  t.same(failures, [{ namespace: 'shop', name: 'web', message }])
  t.same(messages('info'), [`healthcheck "shop/web" on port ${port} is started`])
})

t.test('a Service that goes while its port is taken is forgotten', async (t) => {
  const address = '127.77.2.4'
  const { port, server: other } = await holdPort(t, address)
  const [free] = await freePorts(t, address)
  const proxier = new FakeProxier()
  proxier.rows = [row('web', port)]
  const servers = serversOn(t, address, { proxier })
  await servers.start()
  proxier.rows = [row('web', free)]
  proxier.emit('sync')
  t.match(await until([address, free], Boolean), { status: 200, name: 'web' })
  await servers.close()
  other.close()
  await once(other, 'close')
  t.equal(await ask(address, port), undefined)
})

t.test('close leaves nothing, and nothing comes after it', async (t) => {
  const address = '127.77.2.5'
  const [port] = await freePorts(t, address)
  const proxier = new FakeProxier()
  proxier.rows = [row('web', port)]
  const servers = serversOn(t, address, { proxier })
  const started = servers.start()
  await servers.close()
  await started
  t.equal(await ask(address, port), undefined)
  t.equal(proxier.listenerCount('sync'), 0)
  await servers.close()
})

t.test('the addresses of the node are followed', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const [before, after] = ['127.77.2.6', '127.77.2.7']
  const [port] = await freePorts(t, before)
  let address = before
  const interfaces = () => interfacesWith(address)
  const proxier = new FakeProxier()
  proxier.rows = [row('web', port)]
  await serversOn(t, before, { proxier, interfaces }).start()
  t.match(await ask(before, port), { status: 200 })
  address = after
  mock.timers.tick(30_000)
  t.match(await until([after, port], Boolean), { status: 200 })
  t.equal(await ask(before, port), undefined)
})

const local = Object.values(networkInterfaces()).flatMap((infos) => infos ?? [])
const hasIPv6 = local.some(({ address }) => address === '::1')

t.test('by default all addresses of the families the node has are listened on', async (t) => {
  const [port] = await freePorts(t, hasIPv6 ? '::' : '0.0.0.0')
  const proxier = new FakeProxier()
  proxier.rows = [row('web', port)]
  const servers = new ServiceHealthServers({ proxier })
  t.teardown(() => servers.close())
  await servers.start()
  t.match(await ask('127.0.0.1', port), { status: 200 })
  t.match(await ask('127.77.2.8', port), { status: 200 })
  t.match(await ask('[::1]', port), hasIPv6 ? { status: 200 } : undefined)
})

t.test('a node without any of the addresses says so', async (t) => {
  const [port] = await freePorts(t, '127.77.2.9')
  const proxier = new FakeProxier()
  proxier.rows = [row('web', port)]
  const { logger, messages } = listeningLogger()
  const nodeportAddresses = ['198.51.100.0/24', '2001:db8::/32']
  await serversOn(t, '127.77.2.9', { proxier, nodeportAddresses, logger }).start()
  t.match(messages('warn'), [/the node has none of the nodeportAddresses; tried again$/])
})

t.test('addresses that are none are refused', async (t) => {
  const nodeportAddresses = ['eth0']
  t.throws(() => new ServiceHealthServers({ proxier: new FakeProxier(), nodeportAddresses }), {
    code: 'ERR_INVALID_OPTION',
  })
})

t.test('of a Proxier: the ready endpoints on its node', async (t) => {
  const address = '127.77.2.10'
  const [port] = await freePorts(t, address)
  const slice = (...endpoints: readonly object[]) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ port: 8080 }],
    endpoints,
  })
  const [here, there] = [
    { addresses: ['10.0.0.1'], nodeName: 'here' },
    { addresses: ['10.0.0.2'], nodeName: 'there' },
  ]
  const source = new MemorySource([
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: {
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Local',
        healthCheckNodePort: port,
        ports: [{ port: 80 }],
      },
    },
    slice(here, there),
  ])
  const proxier = new Proxier({ source, nodeName: 'here', bindAddress: address })
  t.teardown(() => proxier.close())
  const servers = serversOn(t, address, { proxier })
  await servers.start()
  t.equal(await ask(address, port), undefined, 'nothing is known yet')
  await proxier.start()
  t.match(await until([address, port], Boolean), { status: 200, localEndpoints: 1 })

  source.set(slice({ ...here, conditions: { ready: false, terminating: true } }, there))
  await proxier.sync()
  t.match(await ask(address, port), { status: 503, localEndpoints: 0 })
  source.set(slice(here))
  await proxier.sync()
  t.match(await ask(address, port), { status: 200, localEndpoints: 1 })

  await proxier.close()
  t.match(await ask(address, port), { status: 503, localEndpoints: 1 })
  await servers.close()
  t.equal(await ask(address, port), undefined)
})
