import type { AddressInfo } from 'node:net'
import t from 'tap'
import { startCommandLines } from '../fixtures/command-lines.ts'
import { openConnection, startDaemon } from '../fixtures/shop-daemon.ts'

const run = startCommandLines(t)
const { port, server } = await startDaemon(t)
const socket = await openConnection(t, port)
const get = (...args: string[]) => run(['get', ...args, ...server])

t.test('connections are chosen and sorted', async (t) => {
  const { port: clientPort } = socket.address() as AddressInfo
  const client = `127.0.0.1:${clientPort}`
  const { stdout } = await get('conn', '--service', 'shop/web:http', '--client', '127.0.0.0/8')
  t.match(stdout, client)
  t.match((await get('conn', '--endpoint', '127.0.0.1', '--sort', 'bytes')).stdout, client)
  t.match(await get('conn', '--state', 'draining'), { code: 0, stdout: '' })
  t.match(await get('svc', '--sort', 'age'), {
    code: 2,
    stderr: /^error: --sort is for connections, and not for services\. try: .* get services\n$/,
  })
})

t.test('services as ipvsadm -Ln has them', async (t) => {
  const { code, stdout } = await get('svc', '-o', 'ipvs', '-n', 'shop')
  t.equal(code, 0)
  t.match(stdout.split('\n'), [
    /^IP Virtual Server version /,
    /^Prot LocalAddress:Port Scheduler Flags$/,
    /^ {2}-> RemoteAddress:Port {11}Forward Weight ActiveConn InActConn$/,
    `TCP  127.0.0.1:${port} rr`,
    /^ {2}-> 127\.0\.0\.1:\d+ +Masq {4}1 {6}1 {10}0 {9}$/,
    '',
  ])
  t.match((await get('svc', '-oipvs')).stdout, /\nUDP {2}127\.0\.0\.1:\d+ rr\n/)
  t.match(await get('ep', '-o', 'ipvs'), { code: 2, stderr: /-o ipvs is for services/ })
  t.match(await get('svc', '-w', '-o', 'ipvs'), { code: 2, stderr: / try: watch -n1 / })
  t.match(await get('svc', '-o', 'csv'), { code: 2, stderr: / wide, json, yaml or ipvs would/ })
})

t.test('the examples of the help work', async (t) => {
  const { stdout } = await get('--help')
  const text = /^Examples:\n((?:.|\n)*?)\n\n?$/m.exec(stdout)?.[1] ?? ''
  const examples = [...text.matchAll(/userspace-proxy get (\S+(?: \S+)*)/g)]
  t.equal(examples.length, 4)
  for (const { 1: example = '' } of examples) {
    const args = example.split(' ').filter((word) => word !== '-w')
    const { code, stdout } = await get(...args)
    t.equal(code, 0, example)
    t.match(stdout, /\n/)
  }
})
