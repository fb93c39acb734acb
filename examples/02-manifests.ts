/**
 * Services from manifest files, as kubectl writes and reads them. The files are watched: a change is live at once.
 */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { formatServicePortName, ManifestSource, Proxier } from 'userspace-proxy'

// The pods that shop.yaml names.
const backends = [18081, 18082].map((port, i) =>
  createServer((socket) => socket.end(`hello from web-${i + 1}`)).listen(port, '127.0.0.1'),
)
await Promise.all(backends.map((backend) => once(backend, 'listening')))

const shop = fileURLToPath(new URL('shop.yaml', import.meta.url))
const proxier = new Proxier({ source: new ManifestSource({ paths: [shop] }) })
await proxier.start()

for (const status of await proxier.services()) {
  if ('notProxied' in status) {
    console.log(`${status.namespace}/${status.name} is not proxied: ${status.reason}`)
    continue
  }
  const { usable, total } = status.endpoints
  console.log(`${formatServicePortName(status)} has ${usable} usable endpoints of ${total}`)
  const port = status.listeners[0]?.port ?? 0
  for (let i = 0; i < 2; i++) console.log(await text(connect(port, '127.0.0.1')))
}
for (const { address, endpointPort, isUsable, reason } of proxier.endpoints()) {
  console.log(`endpoint ${address}:${endpointPort} ${isUsable ? 'is usable' : reason}`)
}

await proxier.close({ graceMs: 1000 })
for (const backend of backends) backend.close()
