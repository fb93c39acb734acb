/**
 * Runs this program again in a network of its own: its counters are of the bench alone, its limits may be set, and the
 * machine's stay as they are.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

const mark = 'USERSPACE_PROXY_BENCH_NETWORK'

const setup = [
  'set -e',
  'ip link set lo up',
  // Where the black-holed endpoint is: the other end of the cable has another address, and drops what is sent.
  'ip link add hole type veth peer name end',
  'ip address add 10.99.0.1/24 dev hole',
  'ip link set hole up',
  'ip link set end up',
  'ip neighbour add 10.99.0.2 lladdr 02:00:00:00:00:02 dev hole',
  // Thousands of connections a second to a few addresses must not run out of ports.
  'sysctl -qw net.ipv4.tcp_tw_reuse=1 net.ipv4.ip_local_port_range="11000 65535"',
  // A lost last segment is to show as a timeout, and no slow answer is to be taken for one.
  'sysctl -qw net.ipv4.tcp_early_retrans=0',
  'ulimit -n "$(ulimit -Hn)"',
  'exec "$@"',
].join('\n')

/** Whether this process is in a network of its own. */
export const isInOwnNetwork = process.env[mark] === 'yes'

/** The exit code of this program run there, or why there can be none. */
export async function runInOwnNetwork(): Promise<number | string> {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  const unshare = ['unshare', '--net', ...user, 'sh', '-c', setup, 'sh']
  const command = [...unshare, process.execPath, ...process.argv.slice(1)]
  const [file = '', ...args] = command
  const probe = spawnSync('unshare', [...unshare.slice(1), 'true'], { encoding: 'utf8' })
  if (probe.status !== 0) return probe.error?.message ?? probe.stderr.trim()
  const env = { ...process.env, [mark]: 'yes' }
  const child = spawn(file, args, { stdio: 'inherit', env })
  const onSignal = (signal: NodeJS.Signals): boolean => child.kill(signal)
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}
