import t from 'tap'
import { runCommandLine } from '../../bin/command-line.ts'
import { runBinary } from '../fixtures/binary.ts'

const run = (...args: string[]): string[] => ['run', '--manifests', 'nowhere.yaml', ...args]
const rules = (...args: string[]): string[] => ['rules', '--manifests', 'nowhere.yaml', ...args]
const duration = 'a duration such as 250ms, 10s or 1m30s would be right'
const hostPort = 'an address and a port such as 127.0.0.1:10249 would be right'
const cidrs = 'a list of CIDRs (198.51.100.0/24) would be right'
const nodeports = 'a list of CIDRs and of the words primary, localhost and all would be right'
const iptablesBind = "0.0.0.0, :: or an address of the node's network would be right"
const range = '"" or a range of ports from 1 to 65535: 8000-8999, 8000+999 or 8000 would be right'
const serviceCIDR = "the cluster's range for cluster IPs (10.96.0.0/12) would be right"
const resources = 'services, endpoints or connections would be right'

const workers = 'auto or a whole number from 1 to 64 would be right'
const sources = '--manifests, --kubeconfig or --in-cluster'
const unknown = 'there is no command, flag or argument'

/** What is typed, what is answered, and the command that is offered. */
const bad: readonly (readonly [readonly string[], string, string?])[] = [
  [['helo'], 'there is no such command; did you mean hello?', '--help'],
  [['serve-everything'], 'there is no command, flag or argument serve-everything.', '--help'],
  [['--debug=yes'], '--debug=yes: --debug takes no value.', '--help'],
  [['hello', 'world'], 'there is no command, flag or argument world.'],
  [['hello', '--port', '80'], 'there is no command, flag or argument port.'],
  [['version', '-o', 'xml'], '--output is "xml"; text or json would be right.'],
  [['run'], `nothing says which Services; ${sources} would.`],
  [['run', '--manifest', 'shop.yaml'], `${unknown} manifest; did you mean --manifests?`],
  [
    ['run', '--maniffests', 'shop.yaml', '--bindAddress', '::1'],
    'there are no commands, flags or arguments maniffests, bindAddress; did you mean --manifests and --bind-address?',
  ],
  [['run', '--manifests'], '--manifests needs a value.'],
  [['run', 'shop.yaml'], `${unknown} shop.yaml.`],
  [['run', '--manifests', 'a', ''], '--manifests is empty; a path would be right.'],
  [
    run('--kubeconfig=x'),
    '--manifests and --kubeconfig are two sources; one of them would be right.',
  ],
  [['run', '--kubeconfig='], '--kubeconfig is ""; the path of a file would be right.'],
  [run('--no-portals'), `${unknown} no-portals; did you mean --portals?`],
  [run('--', 'more'), 'there is no command, flag or argument more.'],
  [run('--portals', 'x'), '--portals is "x"; none, iptables or anyip would be right.'],
  [run('--portals'), '--portals needs a value.'],
  [run('--workers', '0'), `--workers is "0"; ${workers}.`],
  [run('--workers', 'all'), `--workers is "all"; ${workers}.`],
  [run('--workers', '1e1'), `--workers is "1e1"; ${workers}.`],
  [run('--workers='), `--workers is ""; ${workers}.`],
  [
    run('--workers', '2', '--keeper'),
    '--workers is "2"; 1, since --keeper is given, would be right.',
  ],
  [run('--scheduler', 'sh'), '--scheduler is "sh"; rr or lc would be right.'],
  [
    run('--portals', 'none', '--portals', 'none'),
    '--portals is given 2 times; once would be right.',
  ],
  [
    run('--bind-address', 'localhost'),
    '--bind-address is "localhost"; an IPv4 or IPv6 address would be right.',
  ],
  [
    run('--bind-address', '010.0.0.1'),
    '--bind-address is "010.0.0.1"; an IPv4 or IPv6 address would be right.',
  ],
  [run('--bind-address='), '--bind-address is ""; an IPv4 or IPv6 address would be right.'],
  [
    run('--portals', 'iptables', '--bind-address', '127.0.0.1'),
    `--bind-address is "127.0.0.1" with iptables; ${iptablesBind}.`,
  ],
  [
    run('--portals', 'iptables', '--bind-address', '::1'),
    `--bind-address is "::1" with iptables; ${iptablesBind}.`,
  ],
  [run('--portals', 'anyip'), `--service-cidr is ""; ${serviceCIDR}.`],
  [run('--portals', 'anyip', '--service-cidr='), `--service-cidr is ""; ${serviceCIDR}.`],
  [
    run('--portals', 'anyip', '--service-cidr', '10.96.0.0'),
    `--service-cidr is "10.96.0.0"; ${cidrs}.`,
  ],
  [run('--service-cidr', '10.96.0.0/12,'), `--service-cidr is "10.96.0.0/12,"; ${cidrs}.`],
  [
    run('--service-cidr', '10.96.0.0/12', '--service-cidr', 'fd00::/112'),
    '--service-cidr is given 2 times; once would be right.',
  ],
  [run('--external-ip-cidrs', '198.51.100.7'), `--external-ip-cidrs is "198.51.100.7"; ${cidrs}.`],
  [
    run('--portals', 'iptables', '--external-ip-cidrs', '10.0.0.0/8,010.0.0.0/8'),
    `--external-ip-cidrs is "10.0.0.0/8,010.0.0.0/8"; ${cidrs}.`,
  ],
  ...['none', 'iptables', 'anyip'].map(
    (mode) =>
      [
        run('--portals', mode, '--service-cidr=10.96.0.0/12', '--nodeport-addresses', 'all,eth0'),
        `--nodeport-addresses holds "eth0"; ${nodeports}.`,
      ] as const,
  ),
  [
    run('--nodeport-addresses', '10.0.0.0/33'),
    `--nodeport-addresses holds "10.0.0.0/33"; ${nodeports}.`,
  ],
  [run('--keep-portals=yes'), '--keep-portals=yes: --keep-portals takes no value.'],
  [run('--proxy-port-range', '0-10'), `--proxy-port-range is "0-10"; ${range}.`],
  [run('--proxy-port-range', '9000-8000'), `--proxy-port-range is "9000-8000"; ${range}.`],
  [run('--proxy-port-range', '65000+999'), `--proxy-port-range is "65000+999"; ${range}.`],
  [run('--udp-timeout', '60'), `--udp-timeout is "60"; ${duration}.`],
  [
    run('--udp-timeout', '0s'),
    '--udp-timeout is "0s"; a whole number from 1 to 2147483647 ms would be right.',
  ],
  [run('--udp-timeout', '1d'), `--udp-timeout is "1d"; ${duration}.`],
  [
    run('--udp-timeout', '0.5ms'),
    '--udp-timeout is "0.5ms"; a whole number from 1 to 2147483647 ms would be right.',
  ],
  [run('--grace', '-1s'), `--grace is "-1s"; ${duration}.`],
  [run('--grace', '1000h'), '--grace is "1000h"; a duration of at most 596h would be right.'],
  [
    run('--iptables-sync-period', '1ms'),
    '--iptables-sync-period is "1ms"; a whole number from 100 to 2147483647 ms would be right.',
  ],
  [
    run('--iptables-min-sync-period', '1m'),
    '--iptables-min-sync-period is "1m"; at most the --iptables-sync-period of 30s would be right.',
  ],
  [run('--metrics-bind-address', '10249'), `--metrics-bind-address is "10249"; ${hostPort}.`],
  [
    run('--metrics-bind-address', '127.0.0.1:65536'),
    `--metrics-bind-address is "127.0.0.1:65536"; ${hostPort}.`,
  ],
  [run('--healthz-bind-address', ':10256'), `--healthz-bind-address is ":10256"; ${hostPort}.`],
  [
    run('--metrics-bind-address', '::1:10249'),
    `--metrics-bind-address is "::1:10249"; ${hostPort}.`,
  ],
  [
    run('--log-level', 'loud'),
    '--log-level is "loud"; debug, info, warn, error or silent would be right.',
  ],
  [['rules'], '--manifests is missing.'],
  [['rules', '--manifest', 'shop.yaml'], `${unknown} manifest; did you mean --manifests?`],
  [rules('--portals', 'ipvs'), '--portals is "ipvs"; none, iptables or anyip would be right.'],
  [
    rules('--portals', 'none'),
    '--portals none installs nothing; iptables or anyip would be right.',
  ],
  [rules('--portals', 'anyip'), `--service-cidr is ""; ${serviceCIDR}.`],
  [
    rules('--bind-address', '127.0.0.1'),
    `--bind-address is "127.0.0.1" with iptables; ${iptablesBind}.`,
  ],
  [rules('--nodeport-addresses', 'none'), `--nodeport-addresses holds "none"; ${nodeports}.`],
  [rules('--keep-portals'), 'there is no command, flag or argument keep-portals.'],
  [['cleanup', 'all'], 'there is no command, flag or argument all.'],
  [['cleanup', '--portals', 'none'], 'there is no command, flag or argument portals.'],
  [['get'], `get what? ${resources}.`, 'get services'],
  [['get', 'pods'], `there is no pods to get; ${resources}.`, 'get services'],
  [['get', 'svc', '--outptu', 'yaml'], `${unknown} outptu; did you mean --output?`],
  [['get', 'svc', 'ep'], 'there is no command, flag or argument ep.'],
  [['get', 'svc', '-oname'], '--output is "name"; table, wide, json, yaml or ipvs would be right.'],
  [['get', 'svc', '-o'], '-o needs a value.'],
  [['get', 'svc', '--watch=maybe'], '--watch=maybe: --watch takes no value.'],
  [['get', 'svc', '--server', 'localhost:10249'], `--server is "localhost:10249"; ${hostPort}.`],
  [['get', 'svc', '-n', 'a', '-n', 'b'], '--namespace is given 2 times; once would be right.'],
]

for (const [args, what, hint = `${args[0]} --help`] of bad) {
  t.test(`refuses ${args.join(' ')}`, async (t) => {
    const written = t.capture(process.stderr, 'write')
    await runCommandLine(args)
    t.equal(process.exitCode, 2)
    process.exitCode = 0
    t.same(
      written.args().map(([text]) => text),
      [`error: ${what} try: userspace-proxy ${hint}\n`],
    )
  })
}

t.test('as a process it says the same, and ends with 2', async (t) => {
  t.match(await runBinary(t, ['run', '--manifests', 'nowhere.yaml', '--grace', '10']), {
    code: 2,
    stdout: '',
    stderr: `error: --grace is "10"; ${duration}. try: userspace-proxy run --help\n`,
  })
})

t.test('a stack is shown to those who ask for it, and to nobody else', async (t) => {
  const { code, stderr } = await runBinary(t, ['get', 'pods', '--debug'])
  t.equal(code, 2)
  t.match(stderr, /^error: there is no pods to get.*\nCommandError: .*\n {4}at /)
})
