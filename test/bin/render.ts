import { readFileSync } from 'node:fs'
import type { Test } from 'tap'
import t from 'tap'
import { root } from '../fixtures/binary.ts'
import { startCommandLines } from '../fixtures/command-lines.ts'

const run = startCommandLines(t)

const golden = 'test/fixtures/golden'

async function render(t: Test, ...args: string[]) {
  const { code, stdout, stderr } = await run(['render', ...args])
  t.equal(code, 0, stderr)
  return { stdout, stderr }
}

t.test('iptables: prints what kube-proxy wrote, and what that is to a packet', async (t) => {
  const file = `${golden}/default-services.yaml`
  const flags = ['--cluster-cidr', '10.244.0.0/16', '--node-ip', '192.168.77.1']
  const { stdout, stderr } = await render(t, '--mode=iptables', '-f', file, ...flags)
  const wanted = readFileSync(`${root}${golden}/iptables-mode.default-services.txt`, 'utf8')
  // In chains that all Services share, they stand in the order in which the cluster heard of them.
  t.same(stdout.split('\n').toSorted(), wanted.split('\n').toSorted())
  t.same(stderr.split('\n').slice(0, 6), [
    'iptables: 68 rules for IPv4',
    '',
    'Rules that ask the first packet of a connection:',
    'SERVICE              DIALLED                 FROM     RULES  ENDS',
    'default/dns:u        10.96.10.53:53/udp      pod      17     10.244.0.13:5353, which sees the client',
    'default/sticky:http  10.96.10.11:80/tcp      pod      22     10.244.0.13:8080, which sees the client',
  ])
  t.match(stderr, /30080\/tcp .* 10\.244\.0\.13:8080, which sees this node\n/)
})

t.test('ipvs: prints what an article shows of ipvsadm -Ln, to the letter', async (t) => {
  const flags = ['--node-ip', '172.17.0.1,192.168.191.153', '--cluster-cidr', '192.168.0.0/16']
  const file = `${golden}/article.yaml`
  const { stdout, stderr } = await render(t, '--mode=ipvs', '-f', file, ...flags)
  const wanted = readFileSync(`${root}${golden}/ipvs.article.txt`, 'utf8')
  t.same(virtualServers(stdout), virtualServers(wanted))
  t.match(
    stderr,
    /^ipvs: 3 virtual servers, 9 real servers for IPv4\nkube-ipvs0 has 10\.100\.49\.21\n/,
  )
  const { stdout: other } = await render(t, '--mode=ipvs', '-f', file, '--ipvs-scheduler', 'sh')
  t.match(other, '\nTCP  10.100.49.21:80 sh\n')
})

/**
 * The title, and the blocks of virtual servers, whose order in the article is none. Blanks at the ends of lines got
 * lost there.
 */
function virtualServers(text: string): string[] {
  const trimmed = text.replaceAll(/ +$/gm, '').trimEnd()
  const [title = '', ...blocks] = trimmed.split(/\n(?=TCP|UDP)/)
  return [title, ...blocks.toSorted()]
}

t.test('-o json has all of it', async (t) => {
  const { stdout } = await render(t, '-f', `${golden}/default-services.yaml`, '-o', 'json')
  const rendering = JSON.parse(stdout) as object
  t.match(rendering, {
    mode: 'iptables',
    families: [{ family: 'IPv4', counts: { rules: Number } }],
    entries: [{ service: 'default/dns:u', fate: 'endpoint', steps: [{ chain: 'PREROUTING' }] }],
  })
})

t.test('both families have a part of their own', async (t) => {
  const { stdout } = await render(t, '-f', 'test/fixtures/manifests/dual-stack.yaml')
  t.match(stdout, /^# IPv4\n\*mangle\n(?:.|\n)*\nCOMMIT\n# IPv6\n\*mangle\n/)
})

t.test('a Service that no cluster has seen is shown with an address', async (t) => {
  const { stderr } = await render(t, '-f', 'examples/shop.yaml')
  t.match(stderr, 'shop/web:http has no cluster IP; 10.96.0.10 is shown\n')
})

t.test('where there is nothing it says so', async (t) => {
  const path = `${t.testdir({ 'none.yaml': '# nothing\n' })}/none.yaml`
  const { stdout, stderr } = await render(t, '-f', path)
  t.same([stdout, stderr], ['', 'iptables: nothing would be installed\n'])
})

t.test('what is wrong is named', async (t) => {
  const rows = [
    [[], '--file is missing'],
    [
      ['-f', 'x', '--mode', 'ebpf'],
      '--mode is "ebpf"; userspace, iptables, nftables or ipvs would be',
    ],
    [['-f', 'x', '--release', '1.19'], '--release is "1.19"; 1.20 or 1.23 would be right'],
    [['-f', 'x', '--cluster-cidr', '10.0.0.0'], '--cluster-cidr is "10.0.0.0"; CIDRs such as'],
    [['-f', 'x', '--node-ip', 'me'], '--node-ip is "me"; addresses such as 192.0.2.1 would'],
    [['-f', 'no-such-file'], 'no-such-file'],
  ] as const
  for (const [args, message] of rows) {
    const { code, stderr } = await run(['render', ...args])
    t.equal(code, 2)
    t.match(stderr, message)
  }
})
