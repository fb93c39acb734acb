/**
 * The Services of a cluster, from its API: those of KUBECONFIG, or of ~/.kube/config as kubectl takes it.
 *
 * Says what it would serve, and ends; `userspace-proxy run --kubeconfig FILE` goes on. Pods have addresses that only
 * their nodes can reach, so a laptop sees everything and has little use of it; on a node it would serve.
 */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { formatHostPort, formatServicePortName, KubernetesSource, Proxier } from 'userspace-proxy'

const paths = process.env['KUBECONFIG'] || join(homedir(), '.kube', 'config')
const [kubeconfig = ''] = paths.split(delimiter)
if (!existsSync(kubeconfig)) {
  console.error(`no cluster: ${kubeconfig} is not there, and KUBECONFIG would say where it is`)
  process.exit(1)
}

const source = new KubernetesSource({ kubeconfig })
const proxier = new Proxier({ source })

// It waits for an API server that does not answer, and says so here. A loss later changes nothing that is served.
proxier.on('source', ({ isLive, detail }) => isLive || console.error(detail))

await proxier.start()
console.log(source.description)

for (const status of await proxier.services()) {
  if ('notProxied' in status) {
    console.log(`${status.namespace}/${status.name} is not proxied: ${status.reason}`)
    continue
  }
  const { listeners, endpoints, protocol } = status
  const places = listeners.map(({ address, port, error }) => error ?? formatHostPort(address, port))
  console.log(`${formatServicePortName(status)} ${protocol} on ${places.join(', ')}`)
  console.log(`  ${endpoints.usable} of ${endpoints.total} endpoints are usable`)
}

await proxier.close()
