/** nginx's stream module, one worker, as it comes but for the queue of the listener and the timeout of a dial. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { start } from '../process.ts'
import type { Service } from '../services.ts'
import { installed } from './installed.ts'
import type { RelayProgram } from './relay.ts'
import { serving } from './serving.ts'

const file = 'nginx'
const streamModule = '/usr/lib/nginx/modules/ngx_stream_module.so'

export const nginx: RelayProgram = {
  name: 'nginx',
  description: 'stream, one worker',
  protocols: ['TCP', 'UDP'],
  triesAnotherEndpoint: true,
  version: () => (existsSync(streamModule) ? installed(file, '-v') : undefined),
  start(site) {
    const path = join(site.folder, 'nginx.conf')
    const servers = site.services.map((service) => server(site.ip, service)).join('')
    writeFileSync(
      path,
      `load_module ${streamModule};
daemon off;
master_process off;
pid ${site.folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 20000; }
stream {
  proxy_timeout 1h;
  proxy_connect_timeout 1s;
${servers}}
`,
    )
    return serving(start('relay', [file, '-p', site.folder, '-c', path]), site)
  },
}

function server(ip: string, { name, protocol, port, endpoints }: Service): string {
  const upstream = endpoints.map((to) => `server ${to.ip}:${to.port};`).join(' ')
  const parameters = protocol === 'UDP' ? 'udp' : 'backlog=4096'
  return `  upstream ${name} { ${upstream} }
  server { listen ${ip}:${port} ${parameters}; proxy_pass ${name}; }
`
}
