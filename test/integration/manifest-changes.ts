// The whole way, from a file to a socket: changes are live within a second, and what they do not concern lives on.
import { once } from 'node:events'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type ProxiedStatus, ManifestSource, Proxier, type ProxyError } from '../../lib/index.ts'
import { type Backend, dial, exchange, startBackend } from '../fixtures/tcp.ts'

function manifest(name: string, backends: readonly Backend[]): string {
  const slices = backends.map(
    ({ port }) => `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-${port}, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
ports: [{ name: http, port: ${port} }]
endpoints: [{ addresses: [127.0.0.1] }]
`,
  )
  return `apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { ports: [{ name: http, port: 1 }] }
${slices.join('')}`
}

/** As editors and kubectl do it: a new file takes the name of the old one. */
function write(path: string, text: string): void {
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}

async function portOf(proxier: Proxier, name: string): Promise<number> {
  const row = (await proxier.services()).find((status) => status.name === name) as ProxiedStatus
  return row.listeners[0]?.port ?? 0
}

t.test(
  'connections live on across 100 changes of a manifest, each live within a second',
  async (t) => {
    const dir = t.testdir()
    const path = join(dir, 'web.yaml')
    const echo = (name: string): Promise<Backend> =>
      startBackend(t, (socket) => {
        socket.write(name)
        socket.pipe(socket)
      })
    const [a, b] = [await echo('a'), await echo('b')]
    write(path, manifest('web', [a, b]))
    write(join(dir, 'other.yaml'), manifest('other', [a]))
    await using proxier = new Proxier({ source: new ManifestSource({ paths: [dir] }) })
    await proxier.start()
    const [web, other] = [await portOf(proxier, 'web'), await portOf(proxier, 'other')]
    const held = await Promise.all([web, web, other, other].map((port) => dial(t, port)))
    await Promise.all(held.map((client) => once(client, 'data')))

    const latencies: number[] = []
    for (let change = 0; change < 100; change++) {
      const backend = change % 2 === 0 ? a : b
      const began = performance.now()
      write(path, manifest('web', [backend]))
      await once(proxier, 'sync')
      latencies.push(performance.now() - began)
      t.same(
        proxier
          .endpoints()
          .filter(({ name }) => name === 'web')
          .map(({ endpointPort }) => endpointPort),
        [backend.port],
      )
      const client = held[change % held.length]
      client?.write(`${change}`)
      t.equal(String((await once(client as never, 'data'))[0]), `${change}`)
    }
    latencies.sort((x, y) => x - y)
    t.comment(
      `live after ${latencies[50]?.toFixed(0)} ms (median), ${latencies[99]?.toFixed(0)} ms (slowest)`,
    )
    t.ok((latencies[50] ?? Infinity) < 1000)
    t.equal(await portOf(proxier, 'web'), web, 'the listener was never closed')
    t.equal((await proxier.connections()).length, 4)
  },
)

t.test(
  'a file that turns bad keeps the last good state, is named, and is followed when it is good again',
  async (t) => {
    const dir = t.testdir()
    const path = join(dir, 'web.yaml')
    const [a, b] = [
      await startBackend(t, (socket) => socket.end('a')),
      await startBackend(t, (socket) => socket.end('b')),
    ]
    write(path, manifest('web', [a]))
    await using proxier = new Proxier({ source: new ManifestSource({ paths: [path] }) })
    await proxier.start()
    const port = await portOf(proxier, 'web')
    const problem = once(proxier, 'problem') as Promise<[ProxyError]>
    write(path, manifest('web', [b]).replace('port: 1 ', 'port: 99999 '))
    const [error] = await problem
    t.equal(error.code, 'ERR_INVALID_MANIFEST')
    t.match(error.message, `${path}:4:37: port is 99999; a number from 1 to 65535 would be right`)
    t.equal((await exchange(t, port)).bytes.toString(), 'a')
    const sync = once(proxier, 'sync')
    write(path, manifest('web', [b]))
    await sync
    t.equal((await exchange(t, port)).bytes.toString(), 'b')
  },
)
