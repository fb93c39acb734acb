/**
 * HAProxy, `mode tcp`, one thread, as its manual sets up a plain TCP load balancer: round robin, redispatch after a
 * failed dial, and health checks where an endpoint may be dead.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { start } from '../process.ts'
import { blackHole, type Service } from '../services.ts'
import { installed } from './installed.ts'
import type { RelayProgram } from './relay.ts'
import { serving } from './serving.ts'

const file = 'haproxy'

export const haproxy: RelayProgram = {
  name: 'haproxy',
  description: 'mode tcp, one thread',
  protocols: ['TCP'],
  triesAnotherEndpoint: true,
  version: () => installed(file, '-v'),
  start(site) {
    const path = join(site.folder, 'haproxy.cfg')
    const listens = site.services
      .filter(({ protocol }) => protocol === 'TCP')
      .map((service) => listen(site.ip, service))
    writeFileSync(path, `${head}${listens.join('')}`)
    return serving(start('relay', [file, '-db', '-f', path]), site)
  },
}

/** So many connections take 9,000 descriptors, which leaves enough for 10,000 listeners below 20,000. */
const head = `global
  nbthread 1
  maxconn 4500
defaults
  mode tcp
  balance roundrobin
  option redispatch
  timeout connect 1s
  timeout client 1h
  timeout server 1h
  default-server inter 500ms fall 2
`

function listen(ip: string, { name, port, endpoints }: Service): string {
  const check = endpoints.includes(blackHole) ? ' check' : ''
  const servers = endpoints.map((to, i) => `  server s${i} ${to.ip}:${to.port}${check}\n`)
  return `listen ${name}\n  bind ${ip}:${port} backlog 4096\n${servers.join('')}`
}
