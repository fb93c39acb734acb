/** The program as shipped, `--portals none`: clients dial it at the port of the Service. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { script } from '../../fixtures/binary.ts'
import { start } from '../process.ts'
import { manifest } from './manifest.ts'
import type { RelayProgram, Site } from './relay.ts'
import { serving } from './serving.ts'

/** What the admin surface listens at, on the address of the relay. */
const metricsPort = 10_249

export const ours: RelayProgram = {
  name: 'ours',
  description: 'the binary as shipped',
  protocols: ['TCP', 'UDP'],
  triesAnotherEndpoint: true,
  version: () => process.versions.node,
  start: (site) => serve(site, []),
}

/** The same with all that is to be seen: a log of connections, metrics of each endpoint, read every second. */
export const observed: RelayProgram = {
  ...ours,
  name: 'observed',
  description: 'ours, metrics read every second and a connection log',
  async start(site) {
    const { relay, scrape } = await startObserved(site)
    const timer = setInterval(scrape, 1000)
    return {
      ...relay,
      async stop() {
        clearInterval(timer)
        await relay.stop()
      },
    }
  },
}

/** `observed`, whose metrics are read when `scrape` is called. */
export async function startObserved(site: Site) {
  const log = join(site.folder, 'connections.log')
  const relay = await serve(site, ['--metrics-per-endpoint', '--connection-log', log])
  const scrape = (): void => {
    fetch(`http://${site.ip}:${metricsPort}/metrics`).then(
      (response) => response.text(),
      () => {},
    )
  }
  return { relay, scrape }
}

async function serve(site: Site, flags: readonly string[]) {
  const path = join(site.folder, 'services.json')
  writeFileSync(path, manifest(site.services))
  const options = {
    manifests: path,
    'bind-address': site.ip,
    'metrics-bind-address': `${site.ip}:${metricsPort}`,
    'healthz-bind-address': '',
    'log-level': 'warn',
  }
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
  const daemon = start('relay', [process.execPath, script, 'run', ...args, ...flags])
  await daemon.ready()
  return serving(daemon, site)
}
