/**
 * checkSurroundings: who else is there. Ports of the daemon, what an earlier one left, and clusters.
 */
import { join } from 'node:path'
import { cleanUpAnyIP, cleanUpIptables } from '../../lib/index.ts'
import type { Finding } from './finding.ts'
import type { Machine } from './machine.ts'

/** Where `run` listens unless it is told otherwise. */
const adminPort = 10_249
const healthPort = 10_256

export async function checkPorts(machine: Machine): Promise<readonly Finding[]> {
  return [
    await checkPort(machine, { name: 'admin port', address: '127.0.0.1', port: adminPort }),
    await checkPort(machine, { name: 'health port', address: '0.0.0.0', port: healthPort }),
  ]
}

async function checkPort(
  machine: Machine,
  { name, address, port }: { name: string; address: string; port: number },
): Promise<Finding> {
  const problem = await machine.listenProblem(address, port)
  if (problem === undefined) return { name, mark: 'ok', found: `${address}:${port} is free` }
  const owner = await ownerOf(machine)
  if (owner === 'userspace-proxy') {
    return { name, mark: 'ok', found: `${address}:${port} is of the daemon that runs` }
  }
  const flag = port === adminPort ? '--metrics-bind-address' : '--healthz-bind-address'
  const who = owner ?? `another program has it (${problem})`
  return {
    name,
    mark: 'warn',
    found: `${address}:${port}: ${who}`,
    advice: owner === undefined ? `run ${flag}` : `run ${flag}, and --service-proxy-name`,
  }
}

/** Who answers on the admin port, of those that are known. */
async function ownerOf(machine: Machine): Promise<string | undefined> {
  if (await runsDaemon(machine)) return 'userspace-proxy'
  const mode = await machine.ask('127.0.0.1', adminPort, '/proxyMode')
  const isMode = mode !== undefined && /^[a-z]{1,20}$/.test(mode.trim())
  return isMode ? `kube-proxy has it, in mode ${mode.trim()}` : undefined
}

async function runsDaemon({ ask }: Machine): Promise<boolean> {
  const answer = await ask('127.0.0.1', adminPort, '/services')
  return answer !== undefined && /^\s*\{\s*"kind":\s*"List"/.test(answer)
}

export async function checkLeftovers(machine: Machine): Promise<Finding> {
  const name = 'leftovers'
  const { run } = machine
  const looks = await Promise.allSettled([
    // What `iptables` sees is also what one of its variants sees.
    cleanUpIptables({ run, dryRun: true }).then((tools) => [
      ...new Set(tools.map((tool) => `rules of ${tool.replace(/-.*/, '')}`)),
    ]),
    cleanUpAnyIP({ run, dryRun: true }).then((routes) => routes.map((one) => `route ${one}`)),
  ])
  const left = looks.flatMap((look) => (look.status === 'fulfilled' ? look.value : []))
  if (left.length > 0) {
    const found = left.join(', ')
    if (await runsDaemon(machine)) {
      return { name, mark: 'ok', found: `none; ${found}: of the daemon that runs` }
    }
    return { name, mark: 'warn', found, advice: 'userspace-proxy cleanup' }
  }
  if (looks.every(({ status }) => status === 'fulfilled')) {
    return { name, mark: 'ok', found: 'no rules and no routes of an earlier run' }
  }
  const found = 'rules of an earlier run cannot be seen without rights'
  return { name, mark: 'warn', found, advice: 'userspace-proxy doctor as root' }
}

export async function checkKubeconfig({ env, homeFolder, readFile }: Machine): Promise<Finding> {
  const name = 'kubeconfig'
  const given = (env['KUBECONFIG'] ?? '').split(':').filter((path) => path !== '')
  for (const path of [...given, join(homeFolder, '.kube', 'config')]) {
    if ((await readFile(path)) !== undefined) {
      return { name, mark: 'ok', found: `run --kubeconfig ${path}` }
    }
  }
  const token = '/var/run/secrets/kubernetes.io/serviceaccount/token'
  if ((await readFile(token)) !== undefined) {
    return { name, mark: 'ok', found: 'in a pod of a cluster: run --in-cluster' }
  }
  const [path] = given
  if (path === undefined) return { name, mark: 'ok', found: 'none; --manifests needs none' }
  return { name, mark: 'missing', found: `${path} cannot be read`, advice: 'correct KUBECONFIG' }
}
