import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { parse } from 'yaml'
import { startCommandLines } from '../fixtures/command-lines.ts'
import { freePorts } from '../fixtures/held-port.ts'
import { startDaemon } from '../fixtures/shop-daemon.ts'

const run = startCommandLines(t)
const daemon = await startDaemon(t, [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'shop', name: 'db' },
    spec: { clusterIP: 'None' },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'shop', name: 'dns' },
    spec: {
      ports: ['TCP', 'UDP'].map((protocol) => ({
        name: protocol.toLowerCase(),
        protocol,
        port: 9053,
      })),
    },
  },
])
const explain = (...args: string[]) => run(['explain', ...args, ...daemon.server])

t.test('says in words what a client gets, and then it gets that', async (t) => {
  const { port, backend } = daemon
  const { code, stdout, stderr } = await explain('shop/web:http', '--client', '127.0.0.1')
  t.same({ code, stderr }, { code: 0, stderr: '' })
  t.same(stdout.trimEnd().split('\n'), [
    'Service   shop/web:http, TCP, IPv4',
    'Way in    cluster IP, internalTrafficPolicy Cluster',
    'Client    127.0.0.1 may come in',
    'Affinity  None',
    `Next      127.0.0.1:${backend}: it is its turn`,
    '',
    'USABLE           TARGET   NODE  STATE',
    `${`127.0.0.1:${backend}`.padEnd(15)}  web-pod  -     next`,
  ])
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  t.equal(String((await once(socket, 'data'))[0]), 'pod-1\n')
})

t.test('json and yaml hold the same', async (t) => {
  const { backend } = daemon
  const json = JSON.parse((await explain('shop/web', '-ojson')).stdout) as object
  t.match(json, {
    namespace: 'shop',
    port: 'http',
    client: null,
    next: { endpoint: `127.0.0.1:${backend}`, why: 'turn' },
    usable: [{ standing: 'good' }],
  })
  t.same(parse((await explain('shop/web', '-o', 'yaml')).stdout), json)
})

t.test('the examples of its help do what they say', async (t) => {
  const { stdout } = await run(['explain', '--help'])
  const examples = examplesOf(stdout)
  t.equal(examples.length, 2)
  for (const example of examples) {
    const [command, ...args] = example.split(' ')
    t.equal(command, 'explain')
    const { code, stdout } = await explain(...args)
    t.equal(code, 0)
    const client = args.includes('--client') ? '127.0.0.1 may come in' : 'any may come in;'
    t.match(stdout, `Service   shop/web:http, TCP, IPv4\n`)
    t.match(stdout, `\nClient    ${client}`)
  }
})

/** The examples in a help, which may be broken within their column. */
function examplesOf(help: string): string[] {
  const [, text = ''] = help.split('Examples:\n')
  const lines = text.trimEnd().split('\n')
  const width = /\S {2,}/.exec((lines[0] ?? '').trimStart())?.index ?? 0
  const column = lines.map((line) => line.slice(2, 2 + width + 2).trim())
  return column
    .join(' ')
    .split('userspace-proxy ')
    .slice(1)
    .map((example) => example.trim())
}

const services = 'try: userspace-proxy get services'
const help = 'try: userspace-proxy explain --help'
const wrong: readonly (readonly [string, number, string])[] = [
  ['shop/wbe', 1, `there is no Service shop/wbe; did you mean shop/web? ${services}`],
  ['a/thing', 1, `there is no Service a/thing. ${services}`],
  [
    'shop/db',
    1,
    `shop/db is not proxied: headless Service: its clients dial the endpoints themselves. ${services}`,
  ],
  [
    'shop/dns',
    2,
    `service is shop/dns, of which there are 2; a port (tcp, udp) besides would be right. ${help}`,
  ],
  ['web --client 10.0.0', 2, `--client is "10.0.0"; an IP address would be right. ${help}`],
  ['web -o wide', 2, `--output is "wide"; text, json or yaml would be right. ${help}`],
]

for (const [args, code, error] of wrong) {
  t.test(`explain ${args}: what is wrong is said, and what would be right`, async (t) => {
    const exit = await explain(...args.split(' '))
    t.match(exit, { code, stdout: '', stderr: `error: ${error}\n` })
  })
}

t.test('without a Service it asks for one', async (t) => {
  const { code, stderr } = await run(['explain'])
  t.equal(code, 2)
  t.match(stderr, 'error: explain what? a Service such as shop/web:http would be right.')
})

t.test('where no daemon runs, that is said', async (t) => {
  const [port] = await freePorts(t, '127.77.0.1')
  const { code, stderr } = await run(['explain', 'web', '--server', `127.77.0.1:${port}`])
  t.equal(code, 1)
  t.match(stderr, `error: no daemon answers on 127.77.0.1:${port} (ECONNREFUSED). try: `)
})
