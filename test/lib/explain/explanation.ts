import t from 'tap'
import { explanation } from '../../../lib/explain/explanation.ts'
import type { Entry } from '../../../lib/model/entry.ts'
import type { DesiredEntry, ServicePort } from '../../../lib/model/service-port.ts'
import { servicePortsOf } from '../../../lib/model/service-ports.ts'
import type { ClientView } from '../../../lib/relay/data-plane.ts'
import { endpointOf, portOf, serviceOf } from '../../fixtures/model-objects.ts'

const here = endpointOf({ address: '10.0.0.1', nodeName: 'node-1', targetName: 'web-1' })
const there = endpointOf({ address: '10.0.0.2', nodeName: 'node-2', targetName: 'web-2' })
const unready = endpointOf({ address: '10.0.0.3', ready: false })

const servicePort = servicePortsOf(
  serviceOf({
    type: 'NodePort',
    ports: [portOf({ nodePort: 30_080 })],
    externalTrafficPolicy: 'Local',
  }),
).servicePorts[0] as ServicePort

const notReady = { endpoint: unready, reason: 'not ready' }
const desired: DesiredEntry = {
  name: 'external',
  usable: [here],
  leftOut: [{ endpoint: there, reason: 'on another node' }, notReady],
  inside: { usable: [here, there], leftOut: [notReady] },
}
const wayIn = { way: 'node-port', entry: servicePort.entries[1] as Entry, desired } as const

const good = { standing: 'good', retryMs: 0, pendingDials: 0, silentMs: 0, isLoop: false } as const
const view: ClientView = {
  isAdmitted: true,
  isInside: false,
  pin: null,
  endpoints: [{ key: here.key, ...good }],
  next: { endpoint: here.key, why: 'turn' },
}

t.test('it joins what is wanted with what the data plane knows', async (t) => {
  t.same(explanation({ servicePort, wayIn, client: '192.0.2.1', view }), {
    namespace: 'default',
    name: 'web',
    port: 'http',
    protocol: 'TCP',
    family: 'IPv4',
    way: 'node-port',
    entry: 'external',
    trafficPolicy: 'Local',
    client: '192.0.2.1',
    sourceRanges: null,
    isAdmitted: true,
    isInside: false,
    sessionAffinity: { type: 'None' },
    pin: null,
    next: { endpoint: '10.0.0.1:8080', why: 'turn' },
    usable: [{ endpoint: '10.0.0.1:8080', targetName: 'web-1', nodeName: 'node-1', ...good }],
    leftOut: [
      {
        endpoint: '10.0.0.2:8080',
        targetName: 'web-2',
        nodeName: 'node-2',
        reason: 'on another node',
      },
      { endpoint: '10.0.0.3:8080', targetName: null, nodeName: null, reason: 'not ready' },
    ],
  })
})

t.test('a client inside has other reasons', async (t) => {
  const endpoints = [here, there].map(({ key }) => ({ key, ...good }))
  const inside = { ...view, isInside: true, endpoints }
  const { usable, leftOut } = explanation({
    servicePort,
    wayIn,
    client: '10.244.1.1',
    view: inside,
  })
  t.same(
    usable.map(({ targetName }) => targetName),
    ['web-1', 'web-2'],
  )
  t.same(
    leftOut.map(({ reason }) => reason),
    ['not ready'],
  )
})

t.test('what the data plane has counts, also where the desired state has gone on', async (t) => {
  const stale = { ...view, isInside: true, endpoints: [{ key: '10.0.0.9:8080', ...good }] }
  const plain = { ...wayIn, desired: { ...desired, inside: undefined } }
  t.match(explanation({ servicePort, wayIn: plain, client: '', view: stale }), {
    client: null,
    usable: [{ endpoint: '10.0.0.9:8080', targetName: null, nodeName: null }],
  })
})

t.test('times are whole milliseconds, and none that is left is 0', async (t) => {
  const endpoints = [{ key: here.key, ...good, retryMs: 0.1, silentMs: 10.9 }]
  const pin = { endpointKey: here.key, leftMs: 0.1 }
  t.match(explanation({ servicePort, wayIn, client: '', view: { ...view, endpoints, pin } }), {
    pin: { endpoint: here.key, leftMs: 1 },
    usable: [{ retryMs: 1, silentMs: 10 }],
  })
})
