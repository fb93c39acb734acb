import t from 'tap'
import type { ClusterEvent, EventOccurrences } from '../../../lib/observe/event-object.ts'
import {
  eventName,
  eventObject,
  eventSeries,
  eventsPath,
} from '../../../lib/observe/event-object.ts'

const service = { kind: 'Service', namespace: 'shop', name: 'web' } as const
const node = { kind: 'Node', namespace: '', name: 'node-a' } as const
const firstMs = Date.UTC(2026, 0, 2, 3, 4, 5, 6)
const reporter = { controller: 'userspace-proxy', nodeName: 'node-a' }
const version = { uid: 'u-1', resourceVersion: '42' }

function occurrences(event: Partial<ClusterEvent> = {}, count = 1): EventOccurrences {
  const whole: ClusterEvent = {
    type: 'Warning',
    reason: 'PortTaken',
    action: 'Listen',
    note: 'it is taken',
    regarding: service,
    ...event,
  }
  return { event: whole, name: 'web.1', firstMs, lastMs: firstMs + 1000, count }
}

t.test('an Event on a Service, as events.k8s.io/v1 takes it', async (t) => {
  const api = 'events.k8s.io/v1'
  t.equal(eventsPath(api, service), '/apis/events.k8s.io/v1/namespaces/shop/events')
  const once = {
    apiVersion: api,
    kind: 'Event',
    metadata: { namespace: 'shop', name: 'web.1' },
    type: 'Warning',
    reason: 'PortTaken',
    action: 'Listen',
    note: 'it is taken',
    eventTime: '2026-01-02T03:04:05.006000Z',
    reportingController: 'userspace-proxy',
    reportingInstance: 'node-a',
    regarding: {
      apiVersion: 'v1',
      kind: 'Service',
      namespace: 'shop',
      name: 'web',
      uid: 'u-1',
      resourceVersion: '42',
    },
  }
  t.strictSame(eventObject(api, occurrences(), reporter, version), once)
  const series = { series: { count: 3, lastObservedTime: '2026-01-02T03:04:06.006000Z' } }
  t.strictSame(eventObject(api, occurrences({}, 3), reporter, version), { ...once, ...series })
  t.strictSame(eventSeries(api, occurrences({}, 3)), series)
})

t.test('the same, as servers before 1.19 take it', async (t) => {
  t.equal(eventsPath('v1', service), '/api/v1/namespaces/shop/events')
  t.strictSame(eventObject('v1', occurrences(), reporter, undefined), {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace: 'shop', name: 'web.1' },
    type: 'Warning',
    reason: 'PortTaken',
    action: 'Listen',
    message: 'it is taken',
    firstTimestamp: '2026-01-02T03:04:05.006Z',
    lastTimestamp: '2026-01-02T03:04:06.006Z',
    count: 1,
    source: { component: 'userspace-proxy', host: 'node-a' },
    reportingComponent: 'userspace-proxy',
    reportingInstance: 'node-a',
    involvedObject: { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'web' },
  })
  t.strictSame(eventSeries('v1', occurrences({}, 2)), {
    count: 2,
    lastTimestamp: '2026-01-02T03:04:06.006Z',
  })
})

t.test(
  'an Event on a Node is in default, with its name for a uid where that is not known',
  async (t) => {
    const about = (known?: typeof version): object =>
      eventObject('events.k8s.io/v1', occurrences({ regarding: node }), reporter, known)
    const regarding = { apiVersion: 'v1', kind: 'Node', name: 'node-a' }
    t.match(about(), {
      metadata: { namespace: 'default' },
      regarding: { ...regarding, uid: 'node-a' },
    })
    t.match(about(version), { regarding: { ...regarding, ...version } })
    t.match(about({ uid: '', resourceVersion: '' }), { regarding: { uid: 'node-a' } })
  },
)

t.test('what is too long for the server is cut, and what it must have is there', async (t) => {
  const objectOf = (note: string, nodeName = 'node-a') =>
    eventObject(
      'events.k8s.io/v1',
      occurrences({ note }),
      { ...reporter, nodeName },
      undefined,
    ) as {
      note: string
      reportingInstance: string
    }
  t.equal(objectOf('a'.repeat(1024)).note, 'a'.repeat(1024))
  t.equal(objectOf('a'.repeat(1025)).note, `${'a'.repeat(1021)}…`)
  const { note } = objectOf('é'.repeat(700))
  t.equal(note, `${'é'.repeat(510)}…`, 'not within a character')
  t.equal(objectOf('a\u001b[2Jb').note, 'a\\u{1b}[2Jb')
  t.equal(objectOf('', 'n'.repeat(200)).reportingInstance, 'n'.repeat(128))
  t.equal(objectOf('', '').reportingInstance, 'userspace-proxy')
  t.notMatch(eventObject('v1', occurrences(), { ...reporter, nodeName: '' }, undefined), {
    source: { host: String },
  })
})

t.test('names are those of client-go, and are no longer than a name may be', async (t) => {
  t.equal(eventName(service, 1_000, 0), `web.${(1_000_000_000).toString(16)}`)
  t.equal(eventName(service, 1_000, 0.999999), `web.${(1_000_999_999).toString(16)}`)
  const nowMs = Date.UTC(2026, 0)
  t.match(eventName(node, nowMs, 0.5), /^node-a\.[\da-f]{16}$/)
  t.equal(eventName({ ...node, name: 'n'.repeat(236) }, nowMs, 0).length, 253)
  t.match(eventName({ ...node, name: 'n'.repeat(237) }, nowMs, 0), /^userspace-proxy\.[\da-f]{16}$/)
})
