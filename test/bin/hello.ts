import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import type { Running } from '../fixtures/binary.ts'
import { startBinary } from '../fixtures/binary.ts'

/** Far more than the second it should take: the machine that runs this may be busy. */
const promptlyMs = 5000

/** Listens on a port of 127.0.0.1 until the test is over. Returns whether it could: somebody else may have the port. */
async function hold(t: Test, port: number): Promise<boolean> {
  const server = createServer()
  t.teardown(() => server.close())
  server.listen(port, '127.0.0.1')
  return once(server, 'listening').then(
    () => true,
    () => false,
  )
}

/** The pod that answers a datagram of a new client. */
async function askUdp(t: Test, port: number): Promise<string> {
  const client = createSocket('udp4')
  t.teardown(() => client.close())
  client.send('hi\n', port, '127.0.0.1')
  const [answer] = (await once(client, 'message')) as [Buffer]
  return answer.toString()
}

async function endPromptly(t: Test, hello: Running): Promise<void> {
  const begin = performance.now()
  hello.kill('SIGINT')
  const { code, signal, stderr } = await hello.exited
  t.same({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })
  t.ok(performance.now() - begin < promptlyMs)
}

t.test('three curls name three pods, UDP is answered, and Ctrl-C ends it all', async (t) => {
  const hello = startBinary(t, ['hello'])
  const { 1: url = '' } = await hello.stdout(/curl (http:\S+)\n/)
  const { 1: udpPort } = await hello.stdout(/\| nc -u -w1 127\.0\.0\.1 (\d+)\n/)
  await hello.stdout(/Ctrl-C/)

  const answers: string[] = []
  for (let i = 0; i < 3; i++) answers.push(await (await fetch(`${url}path?x`)).text())
  t.same(
    answers.sort(),
    ['pod-1', 'pod-2', 'pod-3'].map(
      (pod) => `${pod} says hello: you asked for /path?x, through default/web\n`,
    ),
  )
  const echoes: string[] = []
  for (let i = 0; i < 3; i++) echoes.push(await askUdp(t, Number(udpPort)))
  t.same(
    echoes.sort(),
    ['pod-1', 'pod-2', 'pod-3'].map(
      (pod) => `${pod} says hello: you sent "hi", through default/echo\n`,
    ),
  )

  await endPromptly(t, hello)
  const { stdout } = await hello.exited
  t.same(
    stdout.split('\n').filter((line) => line.length > 80),
    [],
    'all of it fits 80 columns',
  )
  t.match(stdout, /^default\/web +TCP +127\.0\.0\.1:\d+ +3\/3$/m)
  t.match(stdout, /^default\/echo +UDP +127\.0\.0\.1:\d+ +3\/3$/m)
  await t.rejects(fetch(url), 'nobody listens any more')
})

t.test('where its ports are taken it takes others, and says so', async (t) => {
  const holdsWeb = await hold(t, 8080)
  const holdsAdmin = await hold(t, 10_249)
  const hello = startBinary(t, ['hello'])
  const { 1: url = '' } = await hello.stdout(/curl (http:\S+)\n/)
  t.match(await (await fetch(url)).text(), /^pod-\d says hello/)
  await endPromptly(t, hello)
  const { stdout } = await hello.exited
  // Where somebody else had the port, he may have given it back meanwhile.
  if (holdsWeb) t.not(url, 'http://127.0.0.1:8080/')
  const sorry = '(get would not work now: admin surface: EADDRINUSE on 127.0.0.1:10249)'
  if (holdsAdmin) t.match(stdout, sorry)
})

t.test('the lines to paste name this program as it was started', async (t) => {
  const hello = startBinary(t, ['hello'], { env: { npm_lifecycle_event: 'start' } })
  await hello.stdout(/Ctrl-C/)
  hello.kill('SIGTERM')
  const { code, stdout } = await hello.exited
  t.equal(code, 0)
  // Another test may have the admin port at this moment; then there is nothing to paste.
  if (!stdout.includes('(get would not work now')) {
    t.match(stdout, /^ {2}npx userspace-proxy get services$/m)
  }
})

t.test('one Ctrl-C that arrives twice, as under npm start, is one', async (t) => {
  const hello = startBinary(t, ['hello'])
  await hello.stdout(/Ctrl-C/)
  hello.kill('SIGINT')
  hello.kill('SIGINT')
  const { code, signal } = await hello.exited
  t.same({ code, signal }, { code: 0, signal: null })
})
