/**
 * checkBasics: Node, the system, and what this process may do and open.
 */
import { nodeProblem } from '../supported-node.ts'
import type { Finding } from './finding.ts'
import type { Machine } from './machine.ts'

export function checkNode({ nodeVersion }: Machine): Finding {
  const name = 'node'
  const problem = nodeProblem(nodeVersion)
  if (problem === undefined) return { name, mark: 'ok', found: nodeVersion }
  const neededBy = ['none', 'iptables', 'anyip'] as const
  return { name, mark: 'missing', found: problem, advice: 'install the newest LTS', neededBy }
}

export function checkSystem({ platform, release }: Machine): Finding {
  const name = 'system'
  if (platform === 'linux') return { name, mark: 'ok', found: `Linux ${release}` }
  return {
    name,
    mark: 'missing',
    found: `${platform} has neither iptables nor AnyIP`,
    advice: '--portals none remains, and with it all that hello, run and get do',
    neededBy: ['iptables', 'anyip'],
  }
}

/** Numbers of bits: linux/capability.h. */
const capNetBindService = 10n
const capNetAdmin = 12n

/** Whether a right is among those in effect, as /proc/self/status has them. */
function hasRight(status: string | undefined, bit: bigint): boolean {
  const [, hex = '0'] = /^CapEff:\s*([\da-f]+)$/m.exec(status ?? '') ?? []
  return ((BigInt(`0x${hex}`) >> bit) & 1n) === 1n
}

export async function checkRights({ readFile }: Machine): Promise<readonly Finding[]> {
  const status = await readFile('/proc/self/status')
  const start = Number((await readFile('/proc/sys/net/ipv4/ip_unprivileged_port_start')) ?? 1024)
  const mayBind = start <= 1 || hasRight(status, capNetBindService)
  return [
    hasRight(status, capNetAdmin)
      ? { name: 'rights', mark: 'ok', found: 'CAP_NET_ADMIN: rules and routes may be changed' }
      : {
          name: 'rights',
          mark: 'missing',
          found: 'no CAP_NET_ADMIN: rules and routes may not be changed',
          advice: 'run as root; --portals none needs no rights',
          neededBy: ['iptables', 'anyip'],
        },
    mayBind
      ? { name: 'low ports', mark: 'ok', found: 'ports below 1024 may be bound' }
      : {
          name: 'low ports',
          mark: 'warn',
          found: `ports below ${start} may not be bound: with none, 80 becomes 8080`,
          advice: 'CAP_NET_BIND_SERVICE, which anyip needs for such ports',
        },
  ]
}

/** Less than so many are not worth a daemon: each connection takes two. */
const fewDescriptors = 4096

export async function checkDescriptors({ readFile }: Machine): Promise<Finding> {
  const name = 'descriptors'
  const limits = await readFile('/proc/self/limits')
  const [, text = ''] = /^Max open files\s+(\S+)/m.exec(limits ?? '') ?? []
  const limit = text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text)
  if (text === '' || Number.isNaN(limit)) return { name, mark: 'ok', found: 'no limit is told' }
  const connections = Math.floor(limit / 2)
  const found = Number.isFinite(limit) ? `${text}: some ${connections} connections at once` : text
  if (limit >= fewDescriptors) return { name, mark: 'ok', found }
  return { name, mark: 'warn', found, advice: 'ulimit -n, or LimitNOFILE= of systemd' }
}

/** Defaults of old kernels; a folder of manifests takes one instance and one watch. */
const least = { max_user_instances: 128, max_user_watches: 8192 }

export async function checkInotify({ readFile }: Machine): Promise<Finding> {
  const low: string[] = []
  const told: string[] = []
  for (const [name, number] of Object.entries(least)) {
    const text = (await readFile(`/proc/sys/fs/inotify/${name}`))?.trim()
    if (text === undefined) continue
    told.push(`${text} ${name.replace('max_user_', '')}`)
    if (Number(text) < number) low.push(`sysctl -w fs.inotify.${name}=${number}`)
  }
  const found = told.length === 0 ? 'no limit is told' : told.join(', ')
  if (low.length === 0) return { name: 'inotify', mark: 'ok', found }
  const what = `${found}: changes of manifests may be seen late`
  return { name: 'inotify', mark: 'warn', found: what, advice: low.join('; ') }
}
