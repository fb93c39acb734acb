// The program that bench/scale.ts measures: a Proxier on the API of a cluster, which says when what has reached its
// data plane. One JSON line for each fact, on standard output. As shipped: what strips types of sources takes 100 MiB.
import { createInterface } from 'node:readline'
import { KubernetesSource, Proxier } from '../../dist/lib/index.js'

const [kubeconfig = ''] = process.argv.slice(2)
const tell = (fact) => void process.stdout.write(`${JSON.stringify(fact)}\n`)

const cluster = new KubernetesSource({ kubeconfig, nodeName: 'node-1' })
let toldAt = 0
let isListed = false
/** The same source, with a clock at its door. */
const source = {
  description: 'measured',
  close: () => cluster.close(),
  start: async (listener) => {
    const told = (tell) => (value) => {
      toldAt = performance.now()
      tell(value)
    }
    const { set, delete: remove, problem } = listener
    await cluster.start({ set: told(set), delete: told(remove), problem })
    isListed = true
    toldAt = performance.now()
  },
}
// The traffic goes to this machine itself, which no endpoint in a cluster may be.
const proxier = new Proxier({ source, nodeName: 'node-1', allowLoopbackEndpoints: true })
proxier.on('sync', ({ set, removed }) => {
  if (isListed) tell({ sync: set + removed, delayMs: performance.now() - toldAt })
})
await proxier.start()
tell({ startedMs: performance.now() - toldAt, rssBytes: process.memoryUsage.rss() })
const services = await proxier.services()
const web = services.find(({ name }) => name === 's0')
tell({ port: web && 'listeners' in web ? web.listeners[0]?.port : 0 })

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'rss') tell({ rssBytes: process.memoryUsage.rss() })
  if (line === 'end') break
}
await proxier.close()
