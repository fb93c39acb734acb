/** What is wrong with a manifest is said exactly: this is the table of what a person gets to read. */
import t from 'tap'
import { parseManifest } from '../../../lib/source/parse-manifest.ts'

const label = 'a DNS label (at most 63 of a-z, 0-9 and "-", no "-" at either end)'
const serviceName = 'a DNS label (at most 63 of a-z, 0-9 and "-", no "-" at either end)'
const kinds = 'Service, EndpointSlice, Endpoints or Node would be right'
const yaml12 = 'a text as YAML 1.2 has it would be right'
const indentation =
  'the same indentation for all fields of an object, and every bracket closed, would be right'

/** A Service up to its spec, on lines 1 to 4. */
const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec:\n'
/** A slice up to its endpoints, on lines 1 to 4. */
const slice =
  'apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n' +
  'metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}\naddressType: IPv4\n'
const good = `${service}  ports: [{port: 80}]\n`

const table: readonly { name: string; text: string; problems: readonly string[] }[] = [
  // What is no YAML and no JSON.
  {
    name: 'a tab as indentation',
    text: 'kind: Service\nspec:\n\tports: []\n',
    problems: ['3:1: no valid YAML: Tabs are not allowed as indentation; spaces would be right'],
  },
  {
    name: 'a NUL byte',
    text: 'kind: Service\n# \0\n',
    problems: ['2:3: control character U+0000; a text without it would be right'],
  },
  {
    name: 'an escape sequence of a terminal',
    text: 'kind: "\u001b[31m"\n',
    problems: ['1:8: control character U+001B; a text without it would be right'],
  },
  {
    name: 'a text with a colon and no quotes',
    text: 'kind: Service\nmetadata: name: web\n',
    problems: [
      '2:11: no valid YAML: Nested mappings are not allowed in compact mappings; each key on a line of its own, and a text with ": " in quotes, would be right',
    ],
  },
  {
    name: 'an open bracket',
    text: 'kind: Service\nmetadata: {name: web\n',
    problems: [
      `3:1: no valid YAML: Flow map in block collection must be sufficiently indented and end with a }; ${indentation}`,
    ],
  },
  {
    name: 'an open quote',
    text: 'kind: "Service\n',
    problems: ['2:1: no valid YAML: Missing closing "quote; the missing character would be right'],
  },
  {
    name: 'uneven indentation',
    text: 'spec:\n    type: ClusterIP\n  ports: []\n',
    problems: [
      `3:1: no valid YAML: All mapping items must start at the same column; ${indentation}`,
    ],
  },
  {
    name: 'an unquoted @',
    text: 'kind: @Service\n',
    problems: [
      '1:7: no valid YAML: Plain value cannot start with reserved character @; the value in quotes would be right',
    ],
  },
  {
    name: 'an escape that is none',
    text: 'kind: "\\q"\n',
    problems: [
      '1:8: no valid YAML: Invalid escape sequence \\q; single quotes, or two backslashes for one, would be right',
    ],
  },
  {
    name: 'an unknown tag',
    text: `${service}  ports: !Ref ports\n`,
    problems: ['5:10: no valid YAML: Unresolved tag: !Ref; the value without a tag would be right'],
  },
  {
    name: 'an unknown directive',
    text: '%FOO bar\n---\nkind: Pod\n',
    problems: [`1:1: no valid YAML: Unknown directive %FOO; ${yaml12}`],
  },
  {
    name: 'no document behind directives',
    text: '%@&*!',
    problems: [
      `1:1: no valid YAML: Unknown directive %@&*!; ${yaml12}`,
      '1:6: no valid YAML: Missing directives-end indicator line; the missing character would be right',
    ],
  },
  {
    name: 'JSON without a comma',
    text: '{"kind": "Service" "apiVersion": "v1"}\n',
    problems: [
      `1:10: no valid YAML: Block collections are not allowed within flow collections; ${yaml12}`,
      `1:20: no valid YAML: Unexpected double-quoted-scalar token; ${yaml12}`,
    ],
  },
  {
    name: 'JSON with something behind it',
    text: '{"kind": "Pod"} x\n',
    problems: [`1:17: no valid YAML: Unexpected scalar at node end; ${yaml12}`],
  },
  // What YAML allows and nobody means.
  {
    name: 'a repeated key',
    text: `${service}  ports: [{port: 80, port: 81}]\n`,
    problems: ['5:22: key port is there twice; once would be right'],
  },
  {
    name: 'a key that is a list',
    text: 'kind: Service\n[metadata]: {}\n',
    problems: ['2:1: this key is a list or an object; a text would be right'],
  },
  {
    name: 'an alias of nothing',
    text: `${service}  ports: *ports\n`,
    problems: ['5:10: *ports stands for nothing; an anchor &ports before it would be right'],
  },
  {
    name: 'a circular alias',
    text: `${service}  ports: &ports [*ports]\n`,
    problems: ['5:18: *ports is part of what it stands for; another value would be right'],
  },
  {
    name: 'exponential aliases',
    text: `a: &a [${'x,'.repeat(99)}]\nb: &b [${'*a,'.repeat(99)}]\nc: &c [${'*b,'.repeat(99)}]\nkind: Service\n`,
    problems: [
      '3:35: the aliases up to *b stand for more than 100000 values; fewer of them would be right',
    ],
  },
  {
    name: 'a merge key of a number',
    text: `${service}  <<: 5\n`,
    problems: ['5:3: << is no object; an alias of one would be right'],
  },
  {
    name: 'brackets without end',
    text: `kind: ${'['.repeat(1_000_000)}`,
    problems: ['1:206: nested more than 200 levels deep; less would be right'],
  },
  {
    name: 'a million lines that are no manifest',
    text: 'no manifest\n'.repeat(1_000_000),
    problems: ['1:1: this object is longer than 2 MiB; a shorter one would be right'],
  },
  // What is no Kubernetes object.
  {
    name: 'a text',
    text: 'hello\n',
    problems: ['1:1: this is "hello" (a string); an object would be right'],
  },
  {
    name: 'a list of objects',
    text: '- kind: Service\n',
    problems: ['1:1: this is a list; an object would be right'],
  },
  { name: 'no kind', text: 'apiVersion: v1\n', problems: [`1:1: kind is missing; ${kinds}`] },
  { name: 'an empty kind', text: 'a: b\nkind:\n', problems: [`2:1: kind is missing; ${kinds}`] },
  {
    name: 'a kind that is a number',
    text: '\ufeffkind: 5\n',
    problems: [`1:7: kind is 5 (a number); ${kinds}`],
  },
  {
    name: 'the wrong apiVersion',
    text: good.replace('v1', 'apps/v1'),
    problems: ['1:13: apiVersion is "apps/v1"; v1 would be right'],
  },
  {
    name: 'no apiVersion',
    text: '# comment\nkind: Endpoints\nmetadata: {name: web}\n',
    problems: ['2:1: apiVersion is missing; v1 would be right'],
  },
  {
    name: 'a List in a List',
    text: 'kind: List\nitems:\n- kind: List\n  items: []\n',
    problems: ['3:3: this item is a list itself; the items of that list would be right'],
  },
  {
    name: 'items that are none',
    text: 'kind: List\nitems: {}\n---\nkind: List\nitems: [5, null]\n',
    problems: [
      '2:8: items is an object; a list would be right',
      '5:9: this is 5 (a number); an object would be right',
      `5:12: kind is missing; ${kinds}`,
    ],
  },
  {
    name: 'an object that is there twice',
    text: `${good}---\n${good}`,
    problems: ['7:1: Service shop/web is also at shop.yaml:1:1; one of the two would be right'],
  },
  // Services.
  {
    name: 'names that are no DNS labels',
    text: good.replace('web, namespace: shop', 'Web_Shop, namespace: -shop'),
    problems: [
      `3:18: name is "Web_Shop"; ${serviceName} would be right`,
      `3:39: namespace is "-shop"; ${label} would be right`,
    ],
  },
  {
    name: 'no name',
    text: good.replace('name: web, ', ''),
    problems: [`3:1: name is missing; ${serviceName} would be right`],
  },
  {
    name: 'port numbers that are none',
    text: `${service}  ports:\n  - {name: a, port: 0}\n  - {name: b, port: 65536}\n  - {name: c, port: 1.5}\n  - {name: d, port: "80"}\n  - {name: e}\n  - name: f\n    port:\n`,
    problems: [
      '6:21: port is 0; a number from 1 to 65535 would be right',
      '7:21: port is 65536; a number from 1 to 65535 would be right',
      '8:21: port is 1.5; a whole number from 1 to 65535 would be right',
      '9:21: port is "80" (a string); a number from 1 to 65535 would be right',
      '10:5: port is missing; a number from 1 to 65535 would be right',
      '12:5: port is missing; a number from 1 to 65535 would be right',
    ],
  },
  {
    name: 'an address with a leading zero',
    text: `${service}  clusterIP: 010.0.0.1\n  ports: [{port: 80}]\n`,
    problems: ['5:14: clusterIP is "010.0.0.1"; an IP address, "None" or "" would be right'],
  },
  {
    name: 'no ports',
    text: `${service}  selector: {app: web}\n`,
    problems: ['4:1: ports is missing; at least one port would be right'],
  },
  {
    name: 'an empty spec',
    text: service,
    problems: ['4:1: ports is missing; at least one port would be right'],
  },
  {
    name: 'wrong types at every level',
    text: 'kind: Service\napiVersion: [v1]\nmetadata:\n  name: 1\n  namespace: {}\n  labels: app\nspec:\n  type: 1\n  clusterIP: {}\n  clusterIPs: 10.0.0.1\n  ports:\n  - name: []\n    protocol: 6\n    port: true\n    nodePort: "30080"\n  externalIPs: {}\n  sessionAffinity: true\n  sessionAffinityConfig: []\nstatus:\n  loadBalancer: []\n',
    problems: [
      '2:13: apiVersion is a list; v1 would be right',
      `4:9: name is 1 (a number); "1", in quotes, would be right`,
      `5:14: namespace is an object; ${label} would be right`,
      '6:11: labels is "app" (a string); an object would be right',
      '8:9: type is 1 (a number); ClusterIP, NodePort, LoadBalancer or ExternalName would be right',
      '9:14: clusterIP is an object; an IP address, "None" or "" would be right',
      '10:15: clusterIPs is "10.0.0.1" (a string); a list would be right',
      `12:11: name is a list; "" or ${label} would be right`,
      '13:15: protocol is 6 (a number); TCP, UDP or SCTP would be right',
      '14:11: port is true (a boolean); a number from 1 to 65535 would be right',
      '15:15: nodePort is "30080" (a string); a number from 0 to 65535 would be right',
      '16:16: externalIPs is an object; a list would be right',
      '17:20: sessionAffinity is true (a boolean); None or ClientIP would be right',
      '18:26: sessionAffinityConfig is a list; an object would be right',
      '20:17: loadBalancer is a list; an object would be right',
    ],
  },
  {
    name: 'an unquoted version as a label',
    text: good.replace('namespace: shop', 'labels: {version: 1.20}'),
    problems: ['3:41: version is 1.2 (a number); "1.2", in quotes, would be right'],
  },
  {
    name: 'the faulty value behind an alias',
    text: `x: &port {port: "80"}\n${service}  ports: [*port]\n`,
    problems: ['1:17: port is "80" (a string); a number from 1 to 65535 would be right'],
  },
  {
    name: 'Windows line ends',
    text: good.replace('80', '0').replaceAll('\n', '\r\n'),
    problems: ['5:18: port is 0; a number from 1 to 65535 would be right'],
  },
  // EndpointSlices and Endpoints.
  {
    name: 'a slice without its Service',
    text: slice.replace('kubernetes.io/service-name', 'app'),
    problems: [
      '3:25: labels["kubernetes.io/service-name"] is missing; the name of its Service would be right',
    ],
  },
  {
    name: 'an address of another family',
    text: `${slice}endpoints: [{addresses: ["fd00::1"]}]\n`,
    problems: [
      '5:26: addresses[0] is "fd00::1"; an IPv4 address, as addressType says, would be right',
    ],
  },
  {
    name: 'an endpoint without addresses',
    text: `${slice}endpoints: [{addresses: []}]\n`,
    problems: ['5:25: addresses is empty; at least one address would be right'],
  },
  {
    name: 'a condition of YAML 1.1',
    text: `${slice}endpoints: [{addresses: [10.0.0.1], conditions: {ready: yes}}]\n`,
    problems: ['5:57: ready is "yes" (a string); true or false would be right'],
  },
  {
    name: 'an unknown address type',
    text: slice.replace('IPv4', 'IP'),
    problems: ['4:14: addressType is "IP"; IPv4, IPv6 or FQDN would be right'],
  },
  {
    name: 'Endpoints without an address',
    text: 'kind: Endpoints\napiVersion: v1\nmetadata: {name: web}\nsubsets: [{addresses: [{ip: lb.example.com}]}]\n',
    problems: ['4:29: ip is "lb.example.com"; an IP address would be right'],
  },
  // JSON.
  {
    name: 'problems in JSON',
    text: '{\n  "kind": "Service", "apiVersion": "v1",\n  "metadata": {"name": "web"},\n  "spec": {"ports": [\n    {"name": "a", "port": "80"},\n    {"name": "b"}\n  ]}\n}\n',
    problems: [
      '5:27: port is "80" (a string); a number from 1 to 65535 would be right',
      '6:5: port is missing; a number from 1 to 65535 would be right',
    ],
  },
  {
    name: 'problems in a list of Services in JSON',
    text: '{"kind": "ServiceList", "apiVersion": "v1", "items": [\n{"metadata": {"name": "a"}, "spec": {"ports": [{"port": 80}]}},\n{"metadata": {"name": "b"}, "spec": {"ports": null}}]}\n',
    problems: ['3:38: ports is missing; at least one port would be right'],
  },
]

for (const { name, text, problems } of table) {
  t.test(name, async (t) => {
    const parsed = await parseManifest(text, { file: 'shop.yaml' })
    t.strictSame(
      parsed.problems.map(({ message }) => message),
      problems.map((problem) => `shop.yaml:${problem}`),
    )
    for (const { code, location, message } of parsed.problems) {
      t.equal(code, 'ERR_INVALID_MANIFEST')
      t.ok(location !== undefined && message.startsWith(`${location}: `), 'the location is told')
    }
  })
}

t.test('what is good beside what is bad is still read', async (t) => {
  const { objects, problems } = await parseManifest(
    `${good}---\nkind: Service\n---\n${good.replace('name: web', 'name: api')}---\n\tx\n---\n${good.replace('name: web', 'name: db')}`,
    { file: 'shop.yaml' },
  )
  t.strictSame(
    objects.map(({ object, location }) => `${object.name} ${location}`),
    ['web shop.yaml:1:1', 'api shop.yaml:9:1', 'db shop.yaml:17:1'],
  )
  t.ok(problems.length > 0)
})

t.test('after twenty problems the rest is counted', async (t) => {
  const messages = async (count: number) => {
    const ports = Array.from({ length: count }, (_, i) => `  - {name: p${i}, port: 0}\n`)
    const text = `${service}  ports:\n${ports.join('')}`
    const { problems } = await parseManifest(text, { file: 'shop.yaml' })
    return problems.map(({ message }) => message)
  }
  t.equal((await messages(20)).length, 20)
  t.equal((await messages(21)).length, 21)
  t.equal((await messages(21)).at(-1), 'shop.yaml: and 1 more problem')
  t.equal((await messages(5000)).at(-1), 'shop.yaml: and 4980 more problems')
})
