/**
 * checkNetwork: routes, and the settings of the kernel that decide which ports and addresses can be used.
 */
import type { Finding } from './finding.ts'
import type { Machine } from './machine.ts'

/** Where the API server takes node ports from, unless it is told otherwise (`--service-node-port-range`). */
const nodePorts = { first: 30_000, last: 32_767 }

export async function checkIp({ run }: Machine): Promise<Finding> {
  const name = 'ip'
  try {
    const { stdout, stderr } = await run('ip', ['-V'])
    const [version = 'installed'] = /iproute2-\S+?(?=[,\s]|$)/.exec(stdout + stderr) ?? []
    return { name, mark: 'ok', found: version }
  } catch {
    const advice = 'install the package iproute2'
    return { name, mark: 'missing', found: 'not installed', advice, neededBy: ['anyip'] }
  }
}

export async function checkNonlocalBind({ readFile }: Machine): Promise<Finding> {
  const name = 'ipv6 bind'
  const setting = 'net.ipv6.ip_nonlocal_bind'
  const value = (await readFile('/proc/sys/net/ipv6/ip_nonlocal_bind'))?.trim()
  if (value === undefined) return { name, mark: 'ok', found: 'this kernel has no IPv6' }
  if (value === '1') return { name, mark: 'ok', found: `${setting} is 1` }
  const found = `${setting} is ${value}: anyip cannot serve IPv6 cluster IPs`
  return { name, mark: 'warn', found, advice: `sysctl -w ${setting}=1` }
}

export async function checkPortRange({ readFile }: Machine): Promise<Finding> {
  const name = 'port range'
  const folder = '/proc/sys/net/ipv4'
  const range = await readFile(`${folder}/ip_local_port_range`)
  const [first = Number.NaN, last = Number.NaN] = range?.trim().split(/\s+/).map(Number) ?? []
  if (Number.isNaN(first + last)) return { name, mark: 'ok', found: 'none is told' }
  const reserved = ((await readFile(`${folder}/ip_local_reserved_ports`)) ?? '')
    .trim()
    .split(',')
    .map((part) => part.split('-').map(Number))
  let open = 0
  for (let port = nodePorts.first; port <= nodePorts.last; port++) {
    const isReserved = reserved.some(([from = 0, to = from]) => from <= port && port <= to)
    if (first <= port && port <= last && !isReserved) open++
  }
  const found = `${first}-${last} for outgoing connections`
  const ports = `${nodePorts.first}-${nodePorts.last}`
  if (open === 0) return { name, mark: 'ok', found }
  return {
    name,
    mark: 'warn',
    found: `${found} has ${open} of the node ports ${ports}, which may be taken`,
    advice: `sysctl -w net.ipv4.ip_local_reserved_ports=${ports}`,
  }
}

export async function checkTimeWait({ readFile }: Machine): Promise<Finding> {
  const name = 'tcp_tw_reuse'
  const value = (await readFile('/proc/sys/net/ipv4/tcp_tw_reuse'))?.trim()
  if (value !== '0') return { name, mark: 'ok', found: value ?? 'is not told' }
  const found = '0: at some 400 new connections a second to one endpoint, its ports run out'
  return { name, mark: 'warn', found, advice: 'sysctl -w net.ipv4.tcp_tw_reuse=1' }
}
