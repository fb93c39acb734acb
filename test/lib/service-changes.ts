// A Service that changes type, ports, names, families, affinity, policies and node ports in any order: what is there
// after each change is what a fresh start would make of it, and a connection that was open goes on.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { plannedRules } from '../../lib/planned-rules.ts'
import { IptablesPortalBinder } from '../../lib/portal/iptables-portal-binder.ts'
import { parseIptablesSave } from '../../lib/portal/iptables-save.ts'
import type { RuleSet } from '../../lib/portal/iptables-layout.ts'
import { Proxier } from '../../lib/proxier.ts'
import { MemorySource } from '../../lib/source/memory-source.ts'
import type { ProxiedStatus, ServiceStatus } from '../../lib/status.ts'
import { FakeIptables } from '../fixtures/fake-iptables.ts'
import { interfacesWith } from '../fixtures/interfaces.ts'
import { dial, startBackend } from '../fixtures/tcp.ts'
import { unusedPorts } from '../fixtures/unused-ports.ts'

const externalIPCIDRs = ['198.51.100.0/24']
const interfaces = () => interfacesWith('127.0.0.1', '::1', '192.168.77.1', 'fd00:77::1')

type Spec = Readonly<Record<string, unknown>>

/** Port numbers of the one Service: those that may be node ports lie out of the range of outgoing connections. */
function specs(nodePorts: readonly number[]): fc.Arbitrary<Spec> {
  const policy = fc.constantFrom('Cluster', 'Local')
  const port = (name: string, index: number): fc.Arbitrary<Spec> =>
    fc.record({
      name: fc.constant(name),
      port: fc.constantFrom(80 + index, 8080 + index),
      protocol: fc.constantFrom('TCP', 'TCP', 'UDP'),
      nodePort: fc.constantFrom(0, nodePorts[index] ?? 0, nodePorts[index + 2] ?? 0),
    })
  const ports = fc.oneof(
    fc.tuple(port('http', 0)),
    fc.tuple(port('http', 0), port('admin', 1)),
    fc.tuple(port('web', 0), port('http', 1)),
  )
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant({ type: 'ExternalName', externalName: 'example.com' }) },
    { weight: 1, arbitrary: ports.map((ports) => ({ ports: cleared(ports), clusterIP: 'None' })) },
    {
      weight: 8,
      arbitrary: fc
        .record({
          type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer'),
          clusterIPs: fc.constantFrom(
            ['10.96.0.1'],
            ['fd00:96::1'],
            ['10.96.0.1', 'fd00:96::1'],
            ['10.96.0.2', 'fd00:96::1'],
          ),
          ports,
          externalIPs: fc.constantFrom([], ['198.51.100.7'], ['203.0.113.1']),
          sessionAffinity: fc.constantFrom('None', 'ClientIP'),
          internalTrafficPolicy: policy,
          externalTrafficPolicy: policy,
          loadBalancerSourceRanges: fc.constantFrom([], ['192.0.2.0/24'], ['127.0.0.0/8']),
        })
        .map((spec) => ({
          ...spec,
          clusterIP: spec.clusterIPs[0],
          ports: spec.type === 'ClusterIP' ? cleared(spec.ports) : spec.ports,
        })),
    },
  )
}

const cleared = (ports: readonly Spec[]): Spec[] => ports.map((port) => ({ ...port, nodePort: 0 }))

const changes = (nodePorts: readonly number[]): fc.Arbitrary<(Spec | undefined)[]> =>
  fc.array(fc.oneof({ weight: 6, arbitrary: specs(nodePorts) }, fc.constant(undefined)), {
    minLength: 2,
    maxLength: 8,
  })

function serviceObject(spec: Spec): unknown {
  const ingress = spec['type'] === 'LoadBalancer' ? [{ ip: '203.0.113.9' }] : []
  const status = { loadBalancer: { ingress } }
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec, status }
}

function sliceObject(port: number): unknown {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: ['http', 'web', 'admin'].map((name) => ({ name, port })),
    endpoints: [{ addresses: ['127.0.0.1'], nodeName: 'node-1' }],
  }
}

function newBinder(kernel: FakeIptables): IptablesPortalBinder {
  return new IptablesPortalBinder({ interfaces, externalIPCIDRs, run: kernel.run })
}

/** The rules of a chain as a set, with the ports masked that are chosen at random. The guard is made of nothing else. */
function comparable(text: string): Record<string, string[]> {
  const ruleSet: RuleSet = parseIptablesSave(text)
  const masked = (line: string) =>
    line
      .replace(/--to-ports \S+/, '--to-ports P')
      .replace(/(--to-destination \S+:)\S+$/, '$1P')
      .replace(/(KUBE-NODEPORT-NON-LOCAL .*--dport )\S+/, '$1P')
  const chains = (['nat', 'filter'] as const).flatMap((table) =>
    [...ruleSet[table]].map(([name, lines]) => [`${table} ${name}`, lines.map(masked).sort()]),
  )
  return Object.fromEntries(
    chains.filter(([name, lines]) => !name?.includes('GUARD') && (lines?.length ?? 0) > 0),
  ) as Record<string, string[]>
}

async function planned(objects: readonly unknown[]): Promise<string> {
  const source = new MemorySource(objects)
  return plannedRules({ source, portalBinder: newBinder(new FakeIptables()), externalIPCIDRs })
}

const isProxied = (status: ServiceStatus): status is ProxiedStatus => !('notProxied' in status)

/** What this process listens on, the sockets of the test itself left out. */
async function ownListeners(): Promise<number> {
  // What was closed in this turn counts until the next ones.
  for (let turns = 0; turns < 3; turns++) await setImmediate()
  const listening = process
    .getActiveResourcesInfo()
    .filter((kind) => kind === 'TCPServerWrap' || kind === 'UDPWrap')
  return listening.length
}

async function isAlive(socket: Socket): Promise<void> {
  socket.write('ping')
  const [chunk] = (await once(socket, 'data')) as [Buffer]
  assert.equal(chunk.toString(), 'ping')
}

async function check(t: Test, sequence: readonly (Spec | undefined)[], echoPort: number) {
  const kernel = new FakeIptables()
  const before = await ownListeners()
  const source = new MemorySource([sliceObject(echoPort)])
  const portalBinder = newBinder(kernel)
  const options = { source, portalBinder, nodeName: 'node-1', externalIPCIDRs, minSyncPeriodMs: 0 }
  const proxier = new Proxier({ ...options, interfaces, ephemeralPorts: () => noPorts })
  await proxier.start()
  const open: Socket[] = []
  try {
    for (const spec of sequence) {
      if (spec === undefined) source.delete({ kind: 'Service', name: 'web' })
      else source.set(serviceObject(spec))
      await proxier.sync()
      const objects = spec === undefined ? [] : [serviceObject(spec)]
      assert.deepEqual(comparable(kernel.text('iptables') + kernel.text('ip6tables')), {
        ...comparable(withoutHeads(await planned(objects))),
      })
      const services = (await proxier.services()).filter(isProxied)
      const listeners = services.flatMap(({ listeners }) => listeners)
      assert.deepEqual(
        listeners.filter(({ port }) => port === 0),
        [],
      )
      assert.equal((await ownListeners()) - before, listeners.length, 'no listener is left behind')
      for (const socket of open) await isAlive(socket)
      const tcp = services.find(({ protocol, family }) => protocol === 'TCP' && family === 'IPv4')
      const port = tcp?.listeners.find(({ role }) => role === 'proxy-port')?.port
      if (port !== undefined) {
        const socket = await dial(t, port)
        await isAlive(socket)
        open.push(socket)
      }
    }
  } finally {
    for (const socket of open) socket.destroy()
    await proxier.close()
  }
  assert.deepEqual(comparable(kernel.text('iptables') + kernel.text('ip6tables')), {})
  assert.equal(await ownListeners(), before)
}

const noPorts = { has: () => false, text: '' }

/** Comments that say which tool each part is for. */
const withoutHeads = (text: string): string => text.replace(/^#.*\n/gm, '')

const echo = await startBackend(t, (socket) => void socket.pipe(socket))
const nodePorts = await unusedPorts(4)
await t.test('any order of changes', async (t) => {
  await fc.assert(
    fc.asyncProperty(changes(nodePorts), (sequence) => check(t, sequence, echo.port)),
    { numRuns: 40 },
  )
})
