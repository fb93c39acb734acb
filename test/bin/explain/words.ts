import { readFileSync } from 'node:fs'
import t from 'tap'
import { explanationLines } from '../../../bin/explain/words.ts'
import type { Explanation, UsableEndpoint } from '../../../lib/index.ts'
import { root } from '../../fixtures/binary.ts'

function usable(name: string, over: Partial<UsableEndpoint> = {}): UsableEndpoint {
  return {
    endpoint: `10.244.1.${name.charCodeAt(0) - 90}:8080`,
    targetName: `web-${name}`,
    nodeName: 'node-a',
    standing: 'good',
    retryMs: 0,
    pendingDials: 0,
    silentMs: 0,
    isLoop: false,
    ...over,
  }
}

const next = usable('a').endpoint

function lines(over: Partial<Explanation> = {}): string[] {
  return explanationLines({
    namespace: 'shop',
    name: 'web',
    port: 'http',
    protocol: 'TCP',
    family: 'IPv4',
    way: 'cluster-ip',
    entry: 'internal',
    trafficPolicy: 'Cluster',
    client: '192.0.2.1',
    sourceRanges: null,
    isAdmitted: true,
    isInside: false,
    sessionAffinity: { type: 'None' },
    pin: null,
    next: { endpoint: next, why: 'turn' },
    usable: [usable('a'), usable('b')],
    leftOut: [],
    ...over,
  })
}

/** The text of one fact, without breaks. */
function fact(name: string, over: Partial<Explanation>): string {
  const all = lines(over)
  const first = all.findIndex((line) => line.startsWith(name.padEnd(10)))
  const rest = all.slice(first + 1)
  const more = rest.slice(
    0,
    rest.findIndex((line) => !line.startsWith(' '.repeat(10))),
  )
  return [all[first] ?? '', ...more].map((line) => line.slice(10)).join(' ')
}

/** What is said of an endpoint that does not come next. */
function state(over: Partial<UsableEndpoint>): string | undefined {
  return /node-a {2}(.*)$/.exec(lines({ usable: [usable('b', over)] }).at(-1) ?? '')?.[1]
}

t.test('all of it: facts, those it may get, those it may not', async (t) => {
  const leftOut = [
    { endpoint: '10.244.2.9:8080', targetName: 'web-c', nodeName: 'node-b', reason: 'not ready' },
  ]
  t.same(lines({ leftOut }), [
    'Service   shop/web:http, TCP, IPv4',
    'Way in    cluster IP, internalTrafficPolicy Cluster',
    'Client    192.0.2.1 may come in',
    'Affinity  None',
    'Next      10.244.1.7:8080: it is its turn',
    '',
    'USABLE           TARGET  NODE    STATE',
    '10.244.1.7:8080  web-a   node-a  next',
    '10.244.1.8:8080  web-b   node-a  usable',
    '',
    'LEFT OUT         TARGET  NODE    WHY',
    '10.244.2.9:8080  web-c   node-b  not ready',
  ])
})

t.test('the way in', async (t) => {
  const local = { trafficPolicy: 'Local' } as const
  t.equal(fact('Way in', { way: 'node-port', ...local }), 'node port, externalTrafficPolicy Local')
  t.equal(fact('Way in', { way: 'cluster-ip' }), 'cluster IP, internalTrafficPolicy Cluster')
  t.match(fact('Way in', { way: 'external-ip' }), 'external IP, ')
  t.match(fact('Way in', { way: 'load-balancer-ip' }), 'load-balancer IP, ')
})

t.test('whether the client may come in', async (t) => {
  const ranges = { sourceRanges: ['192.0.2.0/24', '198.51.100.0/24'] }
  const rows: readonly (readonly [Partial<Explanation>, string])[] = [
    [{ client: null }, 'any may come in; --client IP asks about one'],
    [
      { client: null, isAdmitted: null, ...ranges },
      'may come in from loadBalancerSourceRanges only: 192.0.2.0/24, 198.51.100.0/24',
    ],
    [
      { isAdmitted: false, ...ranges },
      '192.0.2.1 may not come in: loadBalancerSourceRanges are 192.0.2.0/24, 198.51.100.0/24',
    ],
    [
      { isAdmitted: false, sourceRanges: [] },
      '192.0.2.1 may not come in: loadBalancerSourceRanges are none of its family',
    ],
    [
      { isInside: true },
      '192.0.2.1 may come in; a pod or this node itself, so that Local does not concern it',
    ],
  ]
  for (const [over, text] of rows) t.equal(fact('Client', over), text)
})

t.test('affinity', async (t) => {
  const sessionAffinity = { type: 'ClientIP', timeoutSeconds: 5400 } as const
  const pin = { endpoint: next, leftMs: 59_000 }
  t.equal(
    fact('Affinity', { sessionAffinity, pin }),
    'ClientIP for 1h30m: pinned to 10.244.1.7:8080 for 59s more',
  )
  t.equal(fact('Affinity', { sessionAffinity }), 'ClientIP for 1h30m: this client is not pinned')
  t.equal(fact('Affinity', { sessionAffinity, client: null }), 'ClientIP for 1h30m')
})

t.test('what comes next', async (t) => {
  const pinned = { next: { endpoint: next, why: 'pinned' } } as const
  const deferred = { usable: [usable('a', { standing: 'deferred' })] }
  const suspect = { usable: [usable('a', { standing: 'suspect' })] }
  const none = (why: 'no-endpoint' | 'loop' | 'source-range' | 'unknown') => ({
    next: { endpoint: null, why },
  })
  const rows: readonly (readonly [Partial<Explanation>, string])[] = [
    [{}, '10.244.1.7:8080: it is its turn'],
    [pinned, '10.244.1.7:8080: the client is pinned to it'],
    [deferred, '10.244.1.7:8080, though it is deferred: no other is better'],
    [suspect, '10.244.1.7:8080, though it is suspect: no other is better'],
    [{ ...pinned, ...suspect }, '10.244.1.7:8080: the client is pinned to it'],
    [none('no-endpoint'), 'none (no-endpoint): the client is reset'],
    [none('source-range'), 'none (source-range): the client is reset'],
    [{ ...none('loop'), protocol: 'UDP' }, 'none (loop): what it sends is dropped'],
    [none('unknown'), 'only the scheduler knows'],
  ]
  for (const [over, text] of rows) t.equal(fact('Next', over), text)
})

t.test('what is known of an endpoint', async (t) => {
  t.equal(state({}), 'usable')
  t.equal(state({ isLoop: true }), 'passed over: a listener of this proxy')
  t.equal(state({ standing: 'due' }), 'last dial failed, to be tried again')
  t.equal(state({ standing: 'deferred', retryMs: 1001 }), 'deferred: last dial failed, retry in 2s')
  t.equal(state({ standing: 'deferred' }), 'deferred: last dial failed, being tried')
  t.equal(
    state({ standing: 'suspect', pendingDials: 2, silentMs: 31 }),
    'suspect: 2 dialling, no answer for 31ms',
  )
  t.match(lines({ usable: [usable('a', { standing: 'due' })] }).at(-1), /  next; last dial failed/)
})

t.test('no line is longer than 80, and the state is whole', async (t) => {
  const [targetName, nodeName] = ['t'.repeat(63), 'n'.repeat(63)]
  const endpoint = '[fd00:10:244:1:2:3:4:5]:65535'
  const long = usable('a', {
    endpoint,
    targetName,
    nodeName,
    standing: 'deferred',
    retryMs: 30_000,
  })
  const all = lines({ usable: [long], sourceRanges: ['2001:db8::/32'], isAdmitted: false })
  t.same(
    all.filter((line) => line.length > 80),
    [],
  )
  t.match(all.at(-1), /…  n.*…? +deferred: last dial failed/)
})

t.test('a name cannot move the cursor', async (t) => {
  t.notMatch(lines({ name: 'a\u001B[2Jb' }).join('\n'), '\u001B')
})

t.test('the example of the reference is what is said', async (t) => {
  const reference = readFileSync(`${root}lib/README.md`, 'utf8')
  const [, text = ''] = /^\$ userspace-proxy explain .*\n((?:.|\n)*?)^```/m.exec(reference) ?? []
  const place = (name: string, node: string, last: string) => ({
    endpoint: `10.244.${last}:8080`,
    targetName: name,
    nodeName: node,
  })
  const said = lines({
    way: 'node-port',
    trafficPolicy: 'Local',
    client: '10.244.1.9',
    isInside: true,
    sessionAffinity: { type: 'ClientIP', timeoutSeconds: 10_800 },
    pin: { endpoint: '10.244.1.7:8080', leftMs: 10_790_000 },
    next: { endpoint: '10.244.1.7:8080', why: 'pinned' },
    usable: [
      usable('a', place('web-1', 'node-a', '1.7')),
      usable('b', { ...place('web-2', 'node-b', '2.9'), standing: 'deferred', retryMs: 3500 }),
    ],
    leftOut: [{ ...place('web-3', 'node-c', '3.4'), reason: 'not ready' }],
  })
  t.same(said, text.trimEnd().split('\n'))
})
