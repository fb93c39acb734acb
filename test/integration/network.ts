// The fixture itself: everybody reaches whom they should, and nothing of it is left.
import { once } from 'node:events'
import t from 'tap'
import { openNetwork } from '../fixtures/network.ts'

const network = await openNetwork(t)
if (network) {
  const { node, pods, client, outside } = network
  const [server] = pods
  const listener = server.spawn(process.execPath, [
    '-e',
    `require('net').createServer((socket) => socket.end(socket.remoteAddress)).listen(8080, '::', () => console.log('up'))`,
  ])
  await once(listener.stdout ?? t, 'data')

  const dial = (address: string) => [
    '-e',
    `require('net').connect(8080, '${address}').pipe(process.stdout)`,
  ]

  for (const from of [node, client, outside, server]) {
    t.test(`${from.name} reaches a pod over IPv4 and IPv6`, async (t) => {
      const { stdout: ipv4 } = await from.run(process.execPath, dial(server.ipv4))
      const { stdout: ipv6 } = await from.run(process.execPath, dial(server.ipv6))
      // The node dials from the address of its bridge.
      t.equal(ipv4, `::ffff:${from === node ? '10.244.0.1' : from.ipv4}`)
      t.equal(ipv6, from === node ? 'fd00:10:244::1' : from.ipv6)
    })
  }

  t.test('a command gets its input, and its exit code and output come back', async (t) => {
    t.strictSame(await node.run('sh', ['-c', 'cat; echo bad >&2; exit 3'], 'in'), {
      exitCode: 3,
      stdout: 'in',
      stderr: 'bad\n',
    })
    await t.rejects(node.run('no-such-command', []), { code: 'ENOENT' })
  })

  t.test(
    'the node has ports for thousands of connections, and keeps those of node ports',
    async (t) => {
      const files = ['tcp_tw_reuse', 'ip_local_port_range', 'ip_local_reserved_ports']
      const paths = files.map((file) => `/proc/sys/net/ipv4/${file}`)
      const { stdout } = await node.run('cat', paths)
      t.equal(stdout, '1\n1024\t65535\n30000-32767\n')
    },
  )

  t.test('ends with all that runs in it, twice without error', async (t) => {
    const exit = once(listener, 'exit')
    await network.close()
    t.strictSame(await exit, [null, 'SIGKILL'])
    await network.close()
  })
}
