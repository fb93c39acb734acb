/** What the Services of the bench lead to: nginx for requests, programs of ours for bulk and datagrams. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type RunningProcess, start } from './process.ts'
import { installed } from './relays/installed.ts'
import { serving } from './relays/serving.ts'
import { services } from './services.ts'

/** What the bench cannot do without, and the package of it. */
const needed = [
  ['wrk', 'wrk'],
  ['nginx', 'nginx-light'],
] as const

/**
 * Resolves once all answer. They end with this process.
 * @throws {Error} where a program is missing.
 */
export async function startBackends(folder: string): Promise<void> {
  for (const [file, debianPackage] of needed) {
    if (installed(file, '-v')) continue
    throw new Error(`${file} is not installed (on Debian: apt-get install ${debianPackage})`)
  }
  await Promise.all([
    startWeb(join(folder, 'web')),
    startOwn('bulk-backend'),
    startOwn('udp-backend'),
  ])
}

async function startWeb(folder: string): Promise<void> {
  mkdirSync(folder)
  const { endpoints } = services.web
  const listens = endpoints.map(({ ip, port }) => `listen ${ip}:${port} backlog=4096;`).join(' ')
  const path = join(folder, 'nginx.conf')
  // Its own folders and user: those of the machine are not for everybody, nor in a user namespace.
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join(' ')
  writeFileSync(
    path,
    `user root root;
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 10000; }
http {
  ${temporary}
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  server { ${listens} location / { return 200 "hello"; } }
}
`,
  )
  const process = start('others', ['nginx', '-p', folder, '-c', path])
  for (const { ip, port } of endpoints) {
    await serving(process, { ip, folder, services: [{ ...services.web, port }] })
  }
}

async function startOwn(name: string): Promise<RunningProcess> {
  const program = fileURLToPath(new URL(`programs/${name}.mjs`, import.meta.url))
  const backend = start('others', [
    'nice',
    '-n',
    '19',
    process.execPath,
    program,
    JSON.stringify(services),
  ])
  await backend.ready()
  return backend
}
