import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Configuration } from '../../../bin/configuration/parse-configuration.ts'
import { parseConfiguration } from '../../../bin/configuration/parse-configuration.ts'
import { fields } from '../../../bin/configuration/fields.ts'
import { ProxyError } from '../../../lib/index.ts'
import { root } from '../../fixtures/binary.ts'

/** Two lines; what follows begins on the third. */
const head = 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n'
const yaml12 = 'a text as YAML 1.2 has it would be right'
const duration = 'a duration such as 250ms, 10s or 1m30s would be right'

function parseFixture(name: string): Configuration {
  const path = `${root}test/fixtures/configuration/${name}`
  return parseConfiguration(readFileSync(path), name)
}

/** What is wrong, without the name of the file. */
function errorsOf(input: string | Uint8Array): string[] {
  try {
    parseConfiguration(input, 'f')
    return []
  } catch (error) {
    if (!(error instanceof ProxyError) || error.code !== 'ERR_INVALID_OPTION') throw error
    return error.message.split('\n').map((line) => line.replace(/^f:/, ''))
  }
}

t.test('the file that kube-proxy 1.20 writes with --write-config-to is its defaults', async (t) => {
  t.same(parseFixture('kube-proxy-1.20-default.yaml'), {
    flags: {
      'bind-address': '0.0.0.0',
      'healthz-bind-address': '0.0.0.0:10256',
      'iptables-min-sync-period': '1s',
      'iptables-sync-period': '30s',
      'metrics-bind-address': '127.0.0.1:10249',
      'udp-timeout': '250ms',
    },
    notes: [
      "kube-proxy-1.20-default.yaml:42:17: udpIdleTimeout is 250ms, kube-proxy's default: " +
        'slower answers are lost; without it, it is 1m',
    ],
  })
})

t.test('so is that of 1.31, which no longer has a timeout for UDP', async (t) => {
  t.same(parseFixture('kube-proxy-1.31-default.yaml'), {
    flags: {
      'bind-address': '0.0.0.0',
      'healthz-bind-address': '0.0.0.0:10256',
      'iptables-min-sync-period': '1s',
      'iptables-sync-period': '30s',
      'metrics-bind-address': '127.0.0.1:10249',
    },
    notes: [],
  })
})

t.test('config.conf of the ConfigMap of kubeadm says three things', async (t) => {
  t.same(parseFixture('kubeadm-1.31.yaml'), {
    flags: {
      'bind-address': '0.0.0.0',
      kubeconfig: '/var/lib/kube-proxy/kubeconfig.conf',
      'cluster-cidr': '10.244.0.0/16',
    },
    notes: [],
  })
})

t.test('every field is a flag, or has a note that says why it is none', async (t) => {
  const { flags, notes } = parseFixture('every-field.yaml')
  t.same(flags, {
    kubeconfig: '/etc/kubeconfig',
    'hostname-override': 'worker-1',
    'bind-address': '192.168.77.1',
    'healthz-bind-address': '127.0.0.1:10256',
    'metrics-bind-address': '127.0.0.1:10349',
    scheduler: 'lc',
    'iptables-sync-period': '1m30s',
    'iptables-min-sync-period': '250ms',
    'cluster-cidr': '10.244.0.0/16,fd00:10:244::/56',
    'nodeport-addresses': '192.168.77.0/24,localhost',
    'proxy-port-range': '8000-8999',
    'udp-timeout': '10s',
  })
  const ignored = [...fields].filter(([, { reason }]) => reason !== undefined)
  t.same(
    notes.map((note) => note.replace(/^every-field.yaml:\d+:\d+: /, '')).sort(),
    ignored.map(([path, { reason }]) => `${path} has no effect: ${reason}`).sort(),
  )
  t.equal(
    notes[0],
    'every-field.yaml:4:15: featureGates has no effect: there are no feature gates here',
  )
})

/** A field, what of it is a flag, and what there is to note. */
const good: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
  ['', {}, []],
  ['mode: ""', {}, []],
  ['mode: userspace', {}, []],
  ['bindAddress: null', {}, []],
  ['bindAddress:', {}, []],
  ['"bindAddress": "10.0.0.1"', { 'bind-address': '10.0.0.1' }, []],
  [
    'bindAddress: fd00::1',
    {
      'bind-address': 'fd00::1',
      'healthz-bind-address': '[::]:10256',
      'metrics-bind-address': '[::1]:10249',
    },
    [],
  ],
  [
    'bindAddress: "::"\nhealthzBindAddress: "::1"\nmetricsBindAddress: "[::1]:1"',
    {
      'bind-address': '::',
      'healthz-bind-address': '[::1]:10256',
      'metrics-bind-address': '[::1]:1',
    },
    [],
  ],
  ['bindAddress: ::ffff:10.0.0.1', { 'bind-address': '::ffff:10.0.0.1' }, []],
  ['metricsBindAddress: 0.0.0.0', { 'metrics-bind-address': '0.0.0.0:10249' }, []],
  ['healthzBindAddress: ""', {}, []],
  ['portRange: 8000+999', { 'proxy-port-range': '8000+999' }, []],
  ['portRange: " 8000-8999 "', { 'proxy-port-range': '8000-8999' }, []],
  ['portRange: "0"', {}, []],
  ['portRange: 0-0', {}, []],
  ['portRange: 0+0', {}, []],
  ['udpIdleTimeout: 0s', {}, []],
  ['udpIdleTimeout: ""', {}, []],
  ['udpIdleTimeout: 0h0m1.5s', { 'udp-timeout': '1s500ms' }, []],
  ['ipvs: {scheduler: ""}', {}, []],
  ['ipvs: {scheduler: rr}', { scheduler: 'rr' }, []],
  ['ipvs: {scheduler: wlc}', { scheduler: 'lc' }, []],
  ['ipvs: {scheduler: wrr}', { scheduler: 'rr' }, []],
  [
    'ipvs: {scheduler: sh}',
    {},
    ['3:19: ipvs.scheduler "sh" has no effect: there are rr and lc here'],
  ],
  ['iptables: null', {}, []],
  ['iptables: {}', {}, []],
  [
    'iptables: {syncPeriod: 1m, minSyncPeriod: 60s}',
    {
      'iptables-sync-period': '1m',
      'iptables-min-sync-period': '1m',
    },
    [],
  ],
  ['iptables: {minSyncPeriod: 10m}', { 'iptables-min-sync-period': '10m' }, []],
  ['iptables: {localhostNodePorts: true}', {}, []],
  [
    'iptables: {localhostNodePorts: false}',
    {},
    [
      '3:32: iptables.localhostNodePorts has no effect: nodePortAddresses says where node ports answer, localhost included',
    ],
  ],
  ['nodePortAddresses: []', {}, []],
  ['nodePortAddresses: [primary]', { 'nodeport-addresses': 'primary' }, []],
  ['nodePortAddresses:\n- all\n- ::1/128', { 'nodeport-addresses': 'all,::1/128' }, []],
  ['clusterCIDR: 5.5.5.5/24', { 'cluster-cidr': '5.5.5.5/24' }, []],
  ['detectLocalMode: ClusterCIDR\nclusterCIDR: 10.0.0.0/8', { 'cluster-cidr': '10.0.0.0/8' }, []],
  [
    'detectLocalMode: NodeCIDR\nclusterCIDR: 10.0.0.0/8',
    {},
    [
      '3:18: detectLocalMode is NodeCIDR: the Pod CIDRs of this Node are used, and clusterCIDR is not',
    ],
  ],
  [
    'detectLocalMode: NodeCIDR',
    {},
    ['3:18: detectLocalMode is NodeCIDR: the Pod CIDRs of this Node are used'],
  ],
  [
    'detectLocalMode: BridgeInterface\ndetectLocal: {bridgeInterface: cbr0}',
    {},
    [
      '3:18: detectLocalMode BridgeInterface has no effect: which interface a client comes from is not seen here',
      '4:32: detectLocal.bridgeInterface has no effect: which interface a client comes from is not seen here',
    ],
  ],
  [
    'clusterCIDR: 10.0.0.0/8\ndetectLocalMode: InterfaceNamePrefix',
    { 'cluster-cidr': '10.0.0.0/8' },
    [
      '4:18: detectLocalMode InterfaceNamePrefix has no effect: which interface a client comes from is not seen here, but clusterCIDR has',
    ],
  ],
  ['conntrack: {maxPerCore: 0, min: 0}', {}, []],
  [
    'conntrack: {maxPerCore: 1}',
    {},
    ["3:25: conntrack.maxPerCore has no effect: the kernel's connection tracking is left as it is"],
  ],
  ['conntrack: {tcpEstablishedTimeout: 86400s}', {}, []],
  ['featureGates: {}', {}, []],
  [
    'logging: {flushFrequency: 5000000000, vmodule: [], options: {json: {infoBufferSize: 0}}}',
    {},
    [],
  ],
  ['oomScoreAdj: -999 # as ever', {}, []],
  [
    'portrange: 1-2',
    {},
    [
      '3:1: portrange is no field of KubeProxyConfiguration and is ignored; portRange would be right',
    ],
  ],
  [
    'bind-address: 1.2.3.4',
    {},
    [
      '3:1: bind-address is no field of KubeProxyConfiguration and is ignored; bindAddress would be right',
    ],
  ],
  [
    'minSyncPeriod: 1s',
    {},
    [
      '3:1: minSyncPeriod is no field of KubeProxyConfiguration and is ignored; iptables.minSyncPeriod would be right',
    ],
  ],
  [
    'nftables: {syncPriod: 1s}',
    {},
    [
      '3:12: nftables.syncPriod is no field of KubeProxyConfiguration and is ignored; nftables.syncPeriod would be right',
    ],
  ],
  [
    'linux: {anything: {at: [all]}}',
    {},
    ['3:1: linux is no field of KubeProxyConfiguration and is ignored'],
  ],
  [
    '__proto__: {a: 1}',
    {},
    ['3:1: __proto__ is no field of KubeProxyConfiguration and is ignored'],
  ],
  ['"": 1', {}, ['3:1:  is no field of KubeProxyConfiguration and is ignored']],
  [
    '"\\u202e\\u001b": 1',
    {},
    ['3:1: \\u{202e}\\u001b is no field of KubeProxyConfiguration and is ignored'],
  ],
]

for (const [text, flags, notes] of good) {
  t.test(`reads ${JSON.stringify(text)}`, async (t) => {
    const found = parseConfiguration(head + text, 'f')
    t.same(found.flags, flags)
    t.same(
      found.notes,
      notes.map((note) => `f:${note}`),
    )
  })
}

t.test('JSON is read like YAML, and a byte order mark is no part of a text', async (t) => {
  const object = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    iptables: { syncPeriod: '10s' },
  }
  const flags = { 'iptables-sync-period': '10s' }
  t.same(parseConfiguration(JSON.stringify(object), 'f').flags, flags)
  t.same(parseConfiguration(JSON.stringify(object, null, '\t'), 'f').flags, flags)
  t.same(parseConfiguration(Buffer.from(`\uFEFF${JSON.stringify(object)}`), 'f').flags, flags)
  t.same(parseConfiguration(`\uFEFF---\n${head}---\n# nothing more\n`, 'f').flags, {})
})

/** Fields that are wrong, and what is said of them. */
const bad: readonly (readonly [string, string | readonly string[]])[] = [
  [
    'mode: ipvs',
    '3:7: mode is "ipvs"; userspace or "", since this is the userspace proxy, would be right',
  ],
  [
    'mode: iptables',
    '3:7: mode is "iptables"; userspace or "", since this is the userspace proxy, would be right',
  ],
  [
    'mode: nftables',
    '3:7: mode is "nftables"; userspace or "", since this is the userspace proxy, would be right',
  ],
  [
    'mode: kernelspace',
    '3:7: mode is "kernelspace"; userspace or "", since this is the userspace proxy, would be right',
  ],
  [
    'bindAddress: localhost',
    '3:14: bindAddress is "localhost"; an IPv4 or IPv6 address would be right',
  ],
  ['bindAddress: 10', '3:14: bindAddress is 10; a text would be right'],
  ['bindAddress: {}', '3:14: bindAddress is {}; a text would be right'],
  [
    'healthzBindAddress: :10256',
    '3:21: healthzBindAddress is ":10256"; an address, with or without a port, such as 127.0.0.1:10256 would be right',
  ],
  [
    'metricsBindAddress: 1.2.3.4:70000',
    '3:21: metricsBindAddress is "1.2.3.4:70000"; an address, with or without a port, such as 127.0.0.1:10249 would be right',
  ],
  [
    'portRange: 9-8',
    '3:12: portRange is "9-8"; "" or a range of ports from 1 to 65535: 8000-8999, 8000+999 or 8000 would be right',
  ],
  ['portRange: 8000', '3:12: portRange is 8000; a text would be right'],
  ['udpIdleTimeout: 250', `3:17: udpIdleTimeout is 250; ${duration}`],
  ['udpIdleTimeout: 250 ms', `3:17: udpIdleTimeout is "250 ms"; ${duration}`],
  ['udpIdleTimeout: -1s', `3:17: udpIdleTimeout is "-1s"; ${duration}`],
  [
    'udpIdleTimeout: 1000h',
    '3:17: udpIdleTimeout is "1000h"; a whole number from 1 to 2147483647 ms would be right',
  ],
  ['iptables: 30s', '3:11: iptables is "30s"; an object would be right'],
  ['iptables: []', '3:11: iptables is []; an object would be right'],
  ['iptables:\n  syncPeriod: soon', `4:15: iptables.syncPeriod is "soon"; ${duration}`],
  [
    'iptables: {syncPeriod: 50ms}',
    '3:24: iptables.syncPeriod is "50ms"; a whole number from 100 to 2147483647 ms would be right',
  ],
  [
    'iptables: {minSyncPeriod: 0.5ms}',
    '3:27: iptables.minSyncPeriod is "0.5ms"; a whole number from 0 to 2147483647 ms would be right',
  ],
  [
    'iptables: {minSyncPeriod: 31s, syncPeriod: 30s}',
    '3:27: iptables.minSyncPeriod is "31s"; at most the iptables.syncPeriod of 30s would be right',
  ],
  [
    'iptables: {masqueradeAll: "true"}',
    '3:27: iptables.masqueradeAll is "true"; true or false would be right',
  ],
  [
    'iptables: {masqueradeBit: 1.5}',
    '3:27: iptables.masqueradeBit is 1.5; a whole number from -2147483648 to 2147483647 would be right',
  ],
  [
    'conntrack: {min: 2147483648}',
    '3:18: conntrack.min is 2147483648; a whole number from -2147483648 to 2147483647 would be right',
  ],
  [
    'clientConnection: {qps: fast}',
    '3:25: clientConnection.qps is "fast"; a number would be right',
  ],
  [
    'nodePortAddresses: primary',
    '3:20: nodePortAddresses is "primary"; a list of texts would be right',
  ],
  ['nodePortAddresses: [1]', '3:20: nodePortAddresses is [1]; a list of texts would be right'],
  ['nodePortAddresses: [""]', '3:20: nodePortAddresses is [""]; a list of texts would be right'],
  [
    'nodePortAddresses: [10.0.0.1]',
    '3:20: nodePortAddresses is ["10.0.0.1"]; a list of CIDRs and of the words primary, localhost and all would be right',
  ],
  [
    'clusterCIDR: 10.0.0.0',
    '3:14: clusterCIDR is "10.0.0.0"; a CIDR, or one for each IP family would be right',
  ],
  [
    'detectLocalMode: LocalModeClusterCIDR',
    '3:18: detectLocalMode is "LocalModeClusterCIDR"; ClusterCIDR, NodeCIDR, BridgeInterface or InterfaceNamePrefix would be right',
  ],
  [
    'featureGates: {A: yes}',
    '3:15: featureGates is {"A":"yes"}; an object whose fields are true or false would be right',
  ],
  [
    'featureGates: [A]',
    '3:15: featureGates is ["A"]; an object whose fields are true or false would be right',
  ],
  [
    'logging: {vmodule: a=1}',
    '3:20: logging.vmodule is "a=1"; a list of objects with filePattern and verbosity would be right',
  ],
  [
    'logging: {flushFrequency: 1.5}',
    '3:27: logging.flushFrequency is 1.5; a duration such as 250ms, 10s or 1m30s, or a number of nanoseconds would be right',
  ],
  [
    'logging: {options: {text: {infoBufferSize: true}}}',
    '3:44: logging.options.text.infoBufferSize is true; a quantity such as 0 or 64Ki would be right',
  ],
  ['portRange: ""\nportRange: 1-2', '4:1: key "portRange" is there twice; once would be right'],
  [
    'iptables: {syncPeriod: 1s, "syncPeriod": 2s}',
    '3:28: key "syncPeriod" is there twice; once would be right',
  ],
  ['unknown: {a: {b: 1, b: 2}}', '3:21: key "b" is there twice; once would be right'],
  ['? [a]\n: b', '3:3: this key is no text; a name would be right'],
  ['? {a: b}\n: b', '3:3: this key is no text; a name would be right'],
  [
    'bindAddress: &a 1.2.3.4\nclusterCIDR: *a',
    '4:14: *a is an alias; the value itself would be right',
  ],
  ['<<: *missing', '3:5: *missing is an alias; the value itself would be right'],
  ['bindAddress: !ip 1.2.3.4', `3:14: no valid YAML: Unresolved tag: !ip; ${yaml12}`],
  [
    'iptables: {',
    `3:12: no valid YAML: Flow map in block collection must be sufficiently indented and end with a }; ${yaml12}`,
  ],
  ['---\na: b', '3:1: here begins another document; one in a file would be right'],
  ['# \0', '3:3: control character U+0000; a text without it would be right'],
  ['bindAddress: "\u009b31m"', '3:15: control character U+009B; a text without it would be right'],
  [
    'portRange: 1\nbindAddress: 2',
    [
      '3:12: portRange is 1; a text would be right',
      '4:14: bindAddress is 2; a text would be right',
    ],
  ],
  [
    `bindAddress: ${'x'.repeat(100)}`,
    `3:14: bindAddress is "${'x'.repeat(79)}…; an IPv4 or IPv6 address would be right`,
  ],
]

for (const [text, lines] of bad) {
  t.test(`refuses ${JSON.stringify(text)}`, async (t) => {
    t.same(errorsOf(head + text), [lines].flat())
  })
}

const version = 'kubeproxy.config.k8s.io/v1alpha1 would be right'

/** Whole files that are none of these. */
const other: readonly (readonly [string | Uint8Array, readonly string[]])[] = [
  ['', ['1:1: this is no object; a KubeProxyConfiguration would be right']],
  ['# nothing', ['1:1: this is no object; a KubeProxyConfiguration would be right']],
  ['- a', ['1:1: this is no object; a KubeProxyConfiguration would be right']],
  ['null', ['1:1: this is no object; a KubeProxyConfiguration would be right']],
  [
    '{}',
    [
      `1:1: apiVersion is missing; ${version}`,
      '1:1: kind is missing; KubeProxyConfiguration would be right',
    ],
  ],
  [
    'apiVersion: v1\nkind: ConfigMap\ndata: {config.conf: ""}',
    [
      `1:13: apiVersion is "v1"; ${version}`,
      '2:7: kind is "ConfigMap"; KubeProxyConfiguration would be right',
    ],
  ],
  [
    head.replace('kubeproxy.config.k8s.io', 'componentconfig'),
    [`1:13: apiVersion is "componentconfig/v1alpha1"; ${version}`],
  ],
  [head.replace(/: kube.*/, ': [1]'), [`1:13: apiVersion is [1]; ${version}`]],
  [Buffer.from([0x61, 0xff]), [' this is not UTF-8; a text in UTF-8 would be right']],
]

for (const [text, lines] of other) {
  t.test(`refuses the file ${JSON.stringify(String(text))}`, async (t) => {
    t.same(errorsOf(text), lines)
  })
}

const megabyte = 1_000_000

/** Texts made to take time, memory or the stack. */
const hostile: readonly (readonly [string, string, RegExp])[] = [
  [
    'brackets',
    `a: ${'['.repeat(megabyte)}`,
    /^3:\d+: nested more than 100 levels deep; less would be right$/,
  ],
  [
    'levels',
    Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''),
    /^102:\d+: nested more than 100 /,
  ],
  [
    'aliases that stand for a billion values',
    `a0: &a0 [x]\n${Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]\n`).join('')}`,
    /^4:\d+: \*a0 is an alias; the value itself would be right$/,
  ],
  [
    'one key again and again',
    'a: 1\n'.repeat(megabyte / 20),
    /^4:1: key "a" is there twice; once would be right$/,
  ],
  ['a long key', `${'k'.repeat(1000)}: 1\nmode: x`, /^4:7: mode is "x"/],
  ['a long value', `mode: ${'k'.repeat(megabyte)}`, /^3:7: mode is "k{79}…; userspace/],
]

for (const [name, text, line] of hostile) {
  t.test(`is not brought down by ${name}`, async (t) => {
    const errors = errorsOf(head + text)
    t.match(errors[0], line)
    t.ok(errors.length <= 101)
  })
}

t.test('of a megabyte of unknown fields it tells the first and counts the others', async (t) => {
  const count = 80_000
  const text = Array.from({ length: count }, (_, i) => `bindAdress${i}: 1\n`).join('')
  const { notes } = parseConfiguration(head + text, 'f')
  t.equal(notes.length, 101)
  t.match(
    notes[0],
    'f:3:1: bindAdress0 is no field of KubeProxyConfiguration and is ignored; bindAddress would',
  )
  t.equal(notes[100], `f: ${count - 100} more`)
})

t.test('no text makes it fail in another way', async () => {
  const piece = fc.oneof(
    fc.constantFrom(...fields.keys()),
    fc.constantFrom(
      ': ',
      '\n',
      '\n  ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '"',
      '*',
      '&',
      '!!',
      '---\n',
      ',',
    ),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      errorsOf(head + pieces.join(''))
    }),
  )
})
