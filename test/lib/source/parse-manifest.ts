import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { parseManifest } from '../../../lib/source/parse-manifest.ts'

const file = 'shop.yaml'

async function fixture(t: Test, name: string) {
  const bytes = await readFile(new URL(`../../fixtures/manifests/${name}`, import.meta.url))
  const { objects, skipped, problems } = await parseManifest(bytes, { file: name })
  t.strictSame(problems, [], `${name} is good`)
  return {
    objects,
    skipped,
    byKey: new Map(objects.map(({ object: o }) => [`${o.kind} ${o.namespace}/${o.name}`, o])),
  }
}

t.test('what kubectl prints of a dual-stack cluster is read whole', async (t) => {
  const { byKey, skipped, objects } = await fixture(t, 'dual-stack.yaml')
  t.strictSame(
    [...byKey.keys()],
    [
      'Service default/kubernetes',
      'Service kube-system/kube-dns',
      'Service shop/gateway',
      'Service shop/database',
      'Service shop/payments',
      'EndpointSlice default/kubernetes',
      'EndpointSlice shop/gateway-9x7rv',
      'EndpointSlice shop/database-hgw4j',
      'Endpoints default/kubernetes',
      'Endpoints shop/gateway',
      'Endpoints shop/database',
    ],
  )
  t.equal(skipped.size, 0)
  t.equal(objects[1]?.location, 'dual-stack.yaml:31:3')
  t.match(byKey.get('Service kube-system/kube-dns'), {
    clusterIPs: ['10.96.0.10', 'fd00:10:96::a'],
    labels: { 'kubernetes.io/cluster-service': 'true' },
    ports: [
      { name: 'dns', protocol: 'UDP', port: 53 },
      { name: 'dns-tcp', protocol: 'TCP', port: 53 },
      { name: 'metrics', protocol: 'TCP', port: 9153 },
    ],
  })
  t.match(byKey.get('Service shop/gateway'), {
    type: 'LoadBalancer',
    clusterIPs: ['fd00:10:96::8f21', '10.96.201.33'],
    externalIPs: ['198.51.100.7'],
    loadBalancerIngress: [
      { ip: '203.0.113.9', ipMode: 'VIP' },
      { ip: '2001:db8::9', ipMode: 'Proxy' },
    ],
    sessionAffinity: { type: 'ClientIP', timeoutSeconds: 600 },
  })
  t.match(byKey.get('Service shop/database'), { headless: true, clusterIPs: [] })
  t.match(byKey.get('Service shop/payments'), { type: 'ExternalName', ports: [] })
  t.match(byKey.get('EndpointSlice shop/gateway-9x7rv'), {
    serviceName: 'gateway',
    addressType: 'IPv6',
    endpoints: [
      { address: 'fd00:10:244:1::2f', ready: true, nodeName: 'worker-1', zone: 'zone-a' },
      { address: 'fd00:10:244:2::1c', ready: false, serving: true, terminating: true },
    ],
  })
  t.match(byKey.get('EndpointSlice shop/database-hgw4j'), { ports: [], endpoints: [] })
  t.match(byKey.get('Endpoints shop/gateway'), {
    slices: [
      { addressType: 'IPv4', endpoints: [{ address: '10.244.3.9', ready: false, serving: false }] },
      { addressType: 'IPv6', endpoints: [{ address: 'fd00:10:244:1::2f', ready: true }] },
    ],
  })
})

t.test('managedFields and annotations do not matter', async (t) => {
  const { byKey } = await fixture(t, 'managed-fields.yaml')
  t.match(byKey.get('Service shop/web'), { ports: [{ name: 'http', port: 80 }] })
})

t.test('EndpointSlices of v1beta1 are read, those of v1alpha1 skipped', async (t) => {
  const { byKey, skipped } = await fixture(t, 'v1beta1.yaml')
  t.match(byKey.get('EndpointSlice shop/web-6zq2t'), {
    endpoints: [
      { nodeName: 'worker-1', zone: 'zone-a', targetName: 'web-0' },
      { nodeName: 'worker-2.example.com', zone: 'zone-b', ready: false },
    ],
  })
  t.strictSame([...skipped], [['EndpointSlice (discovery.k8s.io/v1alpha1)', 1]])
})

t.test('JSON is read as YAML is', async (t) => {
  const { byKey, objects } = await fixture(t, 'single-stack.json')
  t.match(byKey.get('Service shop/web'), { type: 'NodePort', ports: [{ nodePort: 31480 }] })
  t.match(byKey.get('EndpointSlice shop/web-6zq2t'), { endpoints: [{ address: '10.244.1.5' }] })
  t.strictSame(
    objects.map(({ location }) => location),
    ['single-stack.json:4:9', 'single-stack.json:46:9'],
  )
})

t.test('items of a ServiceList need not say that they are Services', async (t) => {
  const { objects } = await fixture(t, 'service-list.json')
  t.strictSame(
    objects.map(({ object, location }) => `${object.kind} ${object.name} ${location}`),
    ['Service web service-list.json:1:89', 'Service api service-list.json:1:531'],
  )
})

t.test('documents by hand, with anchors and other kinds', async (t) => {
  const { byKey, skipped } = await fixture(t, 'by-hand.yaml')
  t.match(byKey.get('EndpointSlice shop/web-1'), {
    endpoints: [
      { address: '127.0.0.1', ready: true },
      { address: '127.0.0.2', ready: true },
    ],
  })
  t.strictSame(
    [...skipped],
    [
      ['Namespace', 1],
      ['Deployment', 1],
      ['Service (serving.knative.dev/v1)', 1],
    ],
  )
})

t.test('a file with nothing in it holds nothing', async (t) => {
  for (const text of ['', '\n', '# only a comment\n', '---\n', '---\n...\n---\n', '\ufeff']) {
    t.strictSame(await parseManifest(text, { file }), {
      objects: [],
      skipped: new Map(),
      problems: [],
      warnings: [],
    })
  }
})

t.test('bytes that are no UTF-8 are refused', async (t) => {
  const { problems } = await parseManifest(Buffer.from('7f454c46ff00', 'hex'), { file })
  t.strictSame(
    problems.map(({ message }) => message),
    ['shop.yaml:1:1: this file is not UTF-8; a text in UTF-8 would be right'],
  )
  t.strictSame(await parseManifest(Buffer.from('\ufeff---\n'), { file }), {
    objects: [],
    skipped: new Map(),
    problems: [],
    warnings: [],
  })
})

/** A List as kubectl prints it, whose items are long enough for it to be read piece by piece. */
function listOf(items: readonly string[], kind = 'List'): string {
  const padded = items.map((item) => `- ${item}\n  x: ${'y'.repeat(400)}\n`)
  return `apiVersion: v1\nitems:\n${padded.join('')}kind: ${kind}\nmetadata:\n  resourceVersion: ""\n`
}

const service = (name: string, port = 80) =>
  `apiVersion: v1\n  kind: Service\n  metadata:\n    name: ${name}\n  spec:\n    ports:\n    - port: ${port}`

const names = Array.from({ length: 1000 }, (_, i) => `web-${i}`)

t.test('a long list is read like a short one', async (t) => {
  const { objects, skipped, problems } = await parseManifest(
    listOf([
      ...names.map((name) => service(name)),
      'kind: Pod',
      ...names.map((name) => service(name)),
      'kind: Pod',
      service('bad', 0),
    ]),
    { file },
  )
  t.strictSame(
    objects.map(({ object }) => object.name),
    names,
  )
  t.equal(objects[999]?.location, 'shop.yaml:7995:3')
  t.strictSame([...skipped], [['Pod', 2]])
  t.equal(problems.length, 21)
  t.equal(
    problems[0]?.message,
    'shop.yaml:8005:3: Service default/web-0 is also at shop.yaml:3:3; one of the two would be right',
  )
  t.equal(problems[20]?.message, 'shop.yaml: and 981 more problems')
})

t.test('a long list of something else is skipped whole', async (t) => {
  const items = names.map((name) => service(name, 0))
  t.strictSame(await parseManifest(listOf(items, 'PodList'), { file }), {
    objects: [],
    skipped: new Map([['PodList', 1]]),
    problems: [],
    warnings: [],
  })
})

t.test('fields that the API does not have are warnings, at their keys', async (t) => {
  const warnings = async (text: string): Promise<readonly string[]> => {
    const manifest = await parseManifest(text, { file })
    t.strictSame(manifest.problems, [])
    return manifest.warnings
  }
  const spec = '{ sessionAfinity: ClientIP, ports: [{ port: 80, targetPorts: 1 }] }'
  const yaml = `apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: ${spec}`
  const tail = 'is no field of a Service here and is ignored'
  t.strictSame(await warnings(yaml), [
    `shop.yaml:4:9: sessionAfinity ${tail}; sessionAffinity would be right`,
    `shop.yaml:4:55: targetPorts ${tail}; targetPort would be right`,
  ])
  const json = '{"apiVersion":"v1","kind":"Service","metadata":{"name":"web"},"spec":{"ports":'
  t.strictSame(await warnings(`${json}[{"port":80}],"clusterIp":"None"}}`), [
    `shop.yaml:1:93: clusterIp ${tail}; clusterIP would be right`,
  ])
  t.strictSame(await warnings('apiVersion: v1\nkind: List\nitem: []\n'), [
    'shop.yaml:3:1: item is no field of a List here and is ignored; items would be right',
  ])
  t.strictSame(await warnings('apiVersion: v1\nkind: Pod\nspce: {}\n'), [])
})

t.test('an invalid object has warnings too: they may say why it is', async (t) => {
  const text = 'apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { prots: [] }\n'
  const { problems, warnings } = await parseManifest(text, { file })
  t.match(problems, [{ message: /^shop\.yaml:4:1: ports is missing/ }])
  t.match(warnings, [/^shop\.yaml:4:9: prots is no field .*; ports would be right$/])
  t.strictSame((await parseManifest('- 1', { file })).warnings, [])
})

t.test('of many warnings the first are told, and how many there are', async (t) => {
  const fields = Array.from({ length: 25 }, (_, i) => `x${i}: 1`).join(', ')
  const one = `{ apiVersion: v1, kind: Service, metadata: { name: web }, spec: { ports: [{ port: 80 }], ${fields} } }`
  const { warnings } = await parseManifest(one, { file })
  t.equal(warnings.length, 21)
  t.match(warnings[19], /: x19 is no field/)
  t.equal(warnings[20], 'shop.yaml: and 5 more unknown fields')
  // Read piece by piece, and more than are kept.
  const long = await parseManifest(listOf([...names, ...names].map((name) => service(name))), {
    file,
  })
  t.equal(long.warnings.length, 21)
  t.match(long.warnings[0], /^shop\.yaml:10:3: x is no field of a Service here/)
  t.equal(long.warnings[20], `shop.yaml: and ${2 * names.length - 20} more unknown fields`)
})

t.test('a long list that is broken in the end is only that', async (t) => {
  const text = listOf(names.map((name) => service(name, 0))).replace('kind: List', 'kind: [')
  const { objects, problems } = await parseManifest(text, { file })
  t.strictSame([objects.length, problems.length], [0, 1])
  t.match(problems[0]?.message, 'no valid YAML: Flow sequence')
})

t.test('long JSON is read, or refused with what JSON.parse says', async (t) => {
  const items = names.map((name) => ({
    metadata: { name, annotations: { x: 'y'.repeat(2500) } },
    spec: { ports: [{ port: 80 }] },
  }))
  const text = JSON.stringify({ kind: 'ServiceList', apiVersion: 'v1', items })
  const { objects, problems } = await parseManifest(text, { file })
  t.strictSame([objects.length, problems.length], [1000, 0])
  const broken = await parseManifest(text.slice(0, -1), { file })
  t.equal(broken.problems.length, 1)
  t.match(
    broken.problems[0]?.message,
    /^shop\.yaml:1:1: no valid JSON: .+; a text as RFC 8259 has it would be right$/,
  )
})

t.test('while a long manifest is read, the event loop goes on', async (t) => {
  const text = listOf(names.flatMap((name) => [service(name), service(`${name}-b`)]))
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  t.teardown(() => clearInterval(timer))
  await parseManifest(text, { file })
  t.ok(turns >= 5, `${turns} turns`)
})

t.test('an aborted parse ends', async (t) => {
  const text = listOf(names.map((name) => service(name)))
  const abort = new AbortController()
  setImmediate(() => abort.abort(new Error('enough')))
  await t.rejects(parseManifest(text, { file, signal: abort.signal }), { message: 'enough' })
})

t.test('no text makes it throw', async (t) => {
  const words = [
    'a',
    'kind',
    'List',
    'Service',
    'items',
    'v1',
    ': ',
    '\n',
    '  ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    ',',
  ]
  const marks = [
    '&a ',
    '*a ',
    '<<',
    '!t ',
    '|',
    '>',
    '"',
    "'",
    '#',
    '%',
    '---\n',
    '...\n',
    '?',
    '\t',
    '\r\n',
    '\ufeff',
    '0',
  ]
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(fc.constantFrom(...words, ...marks), { maxLength: 60 }).map((parts) => parts.join('')),
  )
  let bad = 0
  await fc.assert(
    fc.asyncProperty(text, async (text) => {
      const { problems } = await parseManifest(text, { file })
      if (problems.length > 0) bad++
      for (const { code, message } of problems) {
        assert.equal(code, 'ERR_INVALID_MANIFEST')
        assert.match(
          message,
          /^shop\.yaml(?::\d+:\d+: .+; .+ would be right|: and \d+ more problems?)$/,
        )
      }
    }),
    { numRuns: 3000 },
  )
  t.ok(bad > 100, 'many of the texts are bad')
})

t.test('YAML and JSON of the same objects mean the same', async () => {
  const value = fc.array(
    fc.record({
      apiVersion: fc.constant('v1'),
      kind: fc.constantFrom('Service', 'Endpoints', 'Pod'),
      metadata: fc.record({
        name: fc.constantFrom('a', 'b', 'C'),
        labels: fc.jsonValue({ maxDepth: 1 }),
      }),
      spec: fc.jsonValue({ maxDepth: 2 }),
    }),
    { maxLength: 3 },
  )
  await fc.assert(
    fc.asyncProperty(value, async (items) => {
      const json = JSON.stringify({ kind: 'List', items }, undefined, 1)
      const asJson = await parseManifest(json, { file })
      // A comment makes it YAML.
      const asYaml = await parseManifest(`${json}\n# end`, { file })
      const texts = (list: typeof asJson.problems) => list.map(({ message }) => message)
      assert.deepEqual(texts(asYaml.problems), texts(asJson.problems))
      assert.deepEqual(asYaml.objects, asJson.objects)
      assert.deepEqual(asYaml.skipped, asJson.skipped)
    }),
    { numRuns: 200 },
  )
})
