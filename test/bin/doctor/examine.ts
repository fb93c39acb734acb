import t from 'tap'
import { doctorDocument, doctorReport } from '../../../bin/doctor/doctor-report.ts'
import { examine } from '../../../bin/doctor/examine.ts'
import { lackedBy } from '../../../bin/doctor/finding.ts'
import type { FakeMachineOptions } from '../../fixtures/fake-machine.ts'
import { fakeMachine } from '../../fixtures/fake-machine.ts'

t.test('on a good machine all is well', async (t) => {
  const findings = await examine(fakeMachine())
  t.same(
    findings.filter(({ mark }) => mark !== 'ok'),
    [],
  )
  t.same(
    doctorReport(findings).filter((line) => line.length > 80),
    [],
  )
  t.match(doctorDocument(findings).portals, {
    none: { canWork: true, lacks: [] },
    iptables: { canWork: true },
    anyip: { canWork: true },
  })
})

interface Row {
  readonly what: string
  readonly machine: FakeMachineOptions
  /** `mark name: found; advice` of all findings that are not ok. */
  readonly says: readonly (string | RegExp)[]
  /** Portal modes that cannot work. */
  readonly without?: readonly string[]
}

const noRights = { '/proc/self/status': 'CapEff:\t0000000000000000\n' }
const denied = { exitCode: 4, stderr: 'iptables-save v1.8.9 (nf_tables): you must be root\nmore' }

const rows: readonly Row[] = [
  {
    what: 'a Node that is too old',
    machine: { nodeVersion: '20.1.0' },
    says: [/^missing node: .*Node 20\.1\.0; install the newest LTS$/],
    without: ['none', 'iptables', 'anyip'],
  },
  {
    what: 'no Linux',
    machine: { platform: 'darwin' },
    says: [/^missing system: darwin has neither iptables nor AnyIP; --portals none remains/],
    without: ['iptables', 'anyip'],
  },
  {
    what: 'no rights',
    machine: {
      files: noRights,
      commands: { 'iptables-save': denied, 'ip6tables-save': denied },
    },
    says: [
      /^missing rights: no CAP_NET_ADMIN/,
      /^warn low ports: ports below 1024 may not be bound/,
      /^missing iptables: 1\.8\.9 \(nft\), but iptables-save .* you must be root; run as root$/,
      /^warn ip6tables: .*: IPv6 Services get no redirect; run as root$/,
      /^warn leftovers: rules of an earlier run cannot be seen without rights/,
    ],
    without: ['iptables', 'anyip'],
  },
  {
    what: 'no rights, but low ports for all',
    machine: { files: { ...noRights, '/proc/sys/net/ipv4/ip_unprivileged_port_start': '0\n' } },
    says: [/^missing rights/],
    without: ['iptables', 'anyip'],
  },
  {
    what: 'no iptables',
    machine: {
      commands: {
        'iptables --version': undefined,
        'ip6tables --version': undefined,
        'iptables-save': undefined,
        'ip6tables-save': undefined,
      },
    },
    says: [
      'missing iptables: not installed; install the package iptables',
      /^warn ip6tables: not installed/,
    ],
    without: ['iptables'],
  },
  {
    what: 'iptables without its restore',
    machine: { commands: { 'iptables-restore --version': undefined } },
    says: [
      'missing iptables: 1.8.9 (nft), but iptables-restore is not installed; install the package iptables',
    ],
    without: ['iptables'],
  },
  {
    what: 'an iptables that says nothing of what it is, and fails in silence',
    machine: {
      commands: { 'iptables --version': {}, 'iptables-save': { exitCode: 1 } },
    },
    says: ['missing iptables: ? (legacy), but iptables-save fails; run as root', /^warn leftovers/],
    without: ['iptables'],
  },
  {
    what: 'rules of both variants',
    machine: {
      commands: {
        'iptables-legacy-save': { stdout: '*nat\n-A PREROUTING -j X\n-A X -j Y\nCOMMIT\n' },
      },
    },
    says: [/^warn variants: also 2 rules of legacy, .*; use one of them for all/],
  },
  {
    what: 'rules of nft beside an iptables of the old kind',
    machine: {
      commands: {
        'iptables --version': { stdout: 'iptables v1.6.1\n' },
        'ip6tables-nft-save': { stdout: '*nat\n-A PREROUTING -j X\nCOMMIT\n' },
      },
    },
    says: [/^warn variants: also 1 rule of nft/],
  },
  {
    what: 'no conntrack, no ip',
    machine: { commands: { 'conntrack --version': undefined, 'ip -V': undefined } },
    says: [
      /^missing conntrack: not installed: .*; install the package conntrack$/,
      'missing ip: not installed; install the package iproute2',
    ],
    without: ['anyip'],
  },
  {
    what: 'settings of the kernel',
    machine: {
      files: {
        '/proc/sys/net/ipv6/ip_nonlocal_bind': '0\n',
        '/proc/sys/net/ipv4/ip_local_port_range': '10000\t65000\n',
        '/proc/sys/net/ipv4/ip_local_reserved_ports': '30000-30999,32767\n',
        '/proc/sys/net/ipv4/tcp_tw_reuse': '0\n',
        '/proc/sys/fs/inotify/max_user_instances': '8\n',
        '/proc/self/limits': 'Max open files            1024                1024         files\n',
      },
    },
    says: [
      /^warn ipv6 bind: .*; sysctl -w net\.ipv6\.ip_nonlocal_bind=1$/,
      /^warn port range: 10000-65000 for outgoing connections has 1767 of the node ports/,
      /^warn tcp_tw_reuse: 0: .*; sysctl -w net\.ipv4\.tcp_tw_reuse=1$/,
      'warn descriptors: 1024: some 512 connections at once; ulimit -n, or LimitNOFILE= of systemd',
      /^warn inotify: 8 instances, .*; sysctl -w fs\.inotify\.max_user_instances=128$/,
    ],
  },
  {
    what: 'node ports in the range that are reserved',
    machine: {
      files: {
        '/proc/sys/net/ipv4/ip_local_port_range': '10000\t65000\n',
        '/proc/sys/net/ipv4/ip_local_reserved_ports': '30000-32767\n',
      },
    },
    says: [],
  },
  {
    what: 'a kernel that tells nothing',
    machine: {
      files: Object.fromEntries(
        [
          'self/limits',
          'sys/fs/inotify/max_user_instances',
          'sys/fs/inotify/max_user_watches',
          'sys/net/ipv4/ip_local_port_range',
          'sys/net/ipv4/tcp_tw_reuse',
          'sys/net/ipv6/ip_nonlocal_bind',
        ].map((path) => [`/proc/${path}`, undefined]),
      ),
    },
    says: [],
  },
  {
    what: 'ports that another program has',
    machine: { ports: { 10_249: 'EADDRINUSE', 10_256: 'EADDRINUSE' } },
    says: [
      'warn admin port: 127.0.0.1:10249: another program has it (EADDRINUSE); run --metrics-bind-address',
      'warn health port: 0.0.0.0:10256: another program has it (EADDRINUSE); run --healthz-bind-address',
    ],
  },
  {
    what: 'kube-proxy',
    machine: { ports: { 10_249: 'EADDRINUSE' }, answers: { '/proxyMode': 'iptables' } },
    says: [
      /^warn admin port: .*: kube-proxy has it, in mode iptables; run .*--service-proxy-name$/,
    ],
  },
  {
    what: 'a daemon of ours, whose rules are not left over',
    machine: {
      ports: { 10_249: 'EADDRINUSE', 10_256: 'EADDRINUSE' },
      answers: { '/services': '{"kind":"List","items":[]}', '/proxyMode': 'userspace' },
      commands: {
        'ip -4 route show table local': { stdout: 'local 10.96.0.0/12 dev lo proto 85\n' },
      },
    },
    says: [],
  },
  {
    what: 'what an earlier run left',
    machine: {
      commands: {
        'ip -4 route show table local': { stdout: 'local 10.96.0.0/12 dev lo proto 85\n' },
        'iptables-nft-save': { stdout: '*nat\n:KUBE-PORTALS-HOST - [0:0]\nCOMMIT\n' },
      },
    },
    says: [
      'warn leftovers: rules of iptables, route local 10.96.0.0/12 dev lo proto 85; userspace-proxy cleanup',
    ],
  },
  {
    what: 'a KUBECONFIG that is not there',
    machine: { env: { KUBECONFIG: '/etc/none' } },
    says: ['missing kubeconfig: /etc/none cannot be read; correct KUBECONFIG'],
  },
  {
    what: 'namespaces that nobody may make, for a reason that is told',
    machine: {
      uid: 1000,
      commands: { unshare: { exitCode: 1, stderr: 'unshare: Operation not permitted\n' } },
      files: { '/proc/sys/kernel/apparmor_restrict_unprivileged_userns': '1\n' },
    },
    says: [
      /^warn lab: level loopback: .*blocked .*; sudo sysctl -w kernel\.apparmor_restrict_unprivileged_userns=0, or as root$/,
    ],
  },
  {
    what: 'a machine without unshare',
    machine: { commands: { unshare: undefined } },
    says: [
      /^warn lab: level loopback: .*unshare is not installed; install the package util-linux$/,
    ],
  },
]

for (const { what, machine, says, without = [] } of rows) {
  t.test(what, async (t) => {
    const findings = await examine(fakeMachine(machine))
    const bad = findings.filter(({ mark }) => mark !== 'ok')
    t.match(
      bad.map(({ mark, name, found, advice }) => `${mark} ${name}: ${found}; ${advice}`),
      says,
    )
    t.equal(bad.length, says.length)
    const modes = (['none', 'iptables', 'anyip'] as const).filter(
      (mode) => lackedBy(mode, findings).length > 0,
    )
    t.same(modes, without)
    // One word may be longer: a setting of the kernel.
    t.same(
      doctorReport(findings).filter((line) => line.length > 80 && line.trim().includes(' ')),
      [],
    )
  })
}

async function found(name: string, machine: FakeMachineOptions): Promise<string | undefined> {
  const findings = await examine(fakeMachine(machine))
  return findings.find((one) => one.name === name)?.found
}

t.test('of clusters it says how they are reached', async (t) => {
  const path = '/home/me/.kube/config'
  t.equal(await found('kubeconfig', { files: { [path]: 'x' } }), `run --kubeconfig ${path}`)
  const env = { KUBECONFIG: ':/a:/b' }
  t.equal(await found('kubeconfig', { env, files: { '/b': 'x' } }), 'run --kubeconfig /b')
  const token = '/var/run/secrets/kubernetes.io/serviceaccount/token'
  t.match(await found('kubeconfig', { files: { [token]: 'x' } }), '--in-cluster')
})

t.test('the lab needs no root where users may make namespaces', async (t) => {
  t.match(await found('lab', { uid: 1000 }), 'level rootless: real rules')
  t.match(await found('lab', { uid: 0 }), 'level root: real rules')
})

t.test('of the modes of the lab it says what is real', async (t) => {
  t.equal(
    await found('lab modes', {}),
    'REAL direct, userspace, anyip, iptables, nftables; SIMULATED ipvs; ' +
      'this kernel has no ip_vs: its schedulers are a model, and no latency is shown',
  )
  const unshare = { stdout: 'mount\nip\nnode\nnft nftables v1.0.6\n' }
  t.match(
    await found('lab modes', { commands: { unshare } }),
    /^REAL direct, userspace, anyip, nftables; SIMULATED iptables, ipvs; .*iptables is not installed/,
  )
})

t.test('br_netfilter is told, and no matter', async (t) => {
  const files = (value: string) => ({ '/proc/sys/net/bridge/bridge-nf-call-iptables': value })
  t.match(await found('br_netfilter', { files: files('1\n') }), /^on;/)
  t.match(await found('br_netfilter', { files: files('0\n') }), /^off;/)
  t.match(await found('br_netfilter', {}), /^not loaded;/)
})

t.test('no limit at all is no low one', async (t) => {
  const files = { '/proc/self/limits': 'Max open files   unlimited   unlimited   files\n' }
  t.match(await found('descriptors', { files }), /^unlimited$/)
})
