/**
 * Hosts: the lab's network, from within its namespaces: it is laid out once, and commands and programs run on its hosts.
 *
 * The node is where this process is. Nothing here knows what a Service is.
 */
import type { ChildProcess, StdioOptions } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CommandResult, RunCommand } from '../../index.ts'
import type { LabHost, PodName } from '../lab.ts'
import type { FarHost, Link } from './addresses.ts'
import { farHosts, freshCIDR, links } from './addresses.ts'
import { labError } from './lab-error.ts'
import { Caller } from './rpc.ts'
import { toolEnvironment } from './tool-environment.ts'

const env = toolEnvironment

/** A program of ours that runs on a host, and can be asked. */
export interface Program {
  readonly process: ChildProcess
  readonly caller: Caller
}

/** Lays out the network. @throws {ProxyError} ERR_LAB */
export async function setUpHosts(): Promise<void> {
  // Names of namespaces, and the lock of iptables: of this lab alone.
  // Without its notes, which would be left in the /run of the machine.
  await succeed('mount', ['--no-mtab', '-t', 'tmpfs', 'tmpfs', '/run'])
  await succeed('mkdir', ['/run/netns'])
  await Promise.all(farHosts.map((host) => succeed('ip', ['netns', 'add', host])))
  await batch([], ['link set lo up', ...farHosts.flatMap(nodeSide)])
  await Promise.all([
    ...farHosts.map((host) => batch(['-n', host], hostSide(host))),
    batch([], [`route add default via ${links.outside.address}`]),
    ...nodeSettings.map(([path, value]) => writeFile(`/proc/sys/net/${path}`, value)),
    // Where there is no conntrack nothing is forgotten too late.
    writeFile('/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_time_wait', '5').catch(() => {}),
    finish(spawnOn('client', 'sh', ['-c', `echo ${clientPorts} > ${portRange}`])),
  ])
}

const allPorts = '1024 65535'
/** Few, for its ports are free at once: a polluted measurement shows sooner. */
const clientPorts = '32768 40959'
const portRange = '/proc/sys/net/ipv4/ip_local_port_range'

/**
 * The node dials thousands of connections, whose ports must not run out, and forwards those of others. And it tells each
 * client that is refused, where by default it says nothing to those that come too fast.
 */
const nodeSettings = [
  ['ipv4/ip_forward', '1'],
  ['ipv4/tcp_tw_reuse', '1'],
  ['ipv4/ip_local_reserved_ports', '30000-32767'],
  ['ipv4/ip_local_port_range', allPorts],
  ['ipv4/icmp_ratelimit', '0'],
] as const

const mac = (host: FarHost): string => `02:00:00:00:00:0${farHosts.indexOf(host) + 1}`

function nodeSide(host: FarHost): string[] {
  const { address, router } = links[host]
  return [
    `link add ${host} type veth peer name eth0 address ${mac(host)} netns ${host}`,
    `address add ${router}/24 dev ${host}`,
    `link set ${host} up`,
    // Who is unplugged is silent: nobody finds out by asking for its hardware address.
    `neighbour add ${address} lladdr ${mac(host)} nud permanent dev ${host}`,
    ...(host === 'client' ? [`route add ${freshCIDR} via ${address}`] : []),
  ]
}

function hostSide(host: FarHost): string[] {
  return [
    'link set lo up',
    `address add ${links[host].address}/24 dev eth0`,
    ...plug(links[host]),
    // All of them are the client's, without a command for each.
    ...(host === 'client' ? [`route add local ${freshCIDR} dev lo`] : []),
  ]
}

/** Without a cable the route is gone too. */
const plug = ({ router }: Link) => ['link set eth0 up', `route add default via ${router}`]

export function plugIn(pod: PodName): Promise<void> {
  return batch(['-n', pod], plug(links[pod]))
}

export function unplug(pod: PodName): Promise<void> {
  return batch(['-n', pod], ['link set eth0 down'])
}

/** Runs a command to its end. Rejects as a RunCommand does. */
export function runOn(host: LabHost): RunCommand {
  return (command, args, input) => finish(spawnOn(host, command, args), input)
}

/** Starts a command, which ends with the lab at the latest. */
export function spawnOn(
  host: LabHost,
  command: string,
  args: readonly string[],
  stdio: StdioOptions = 'pipe',
): ChildProcess {
  return host === 'node'
    ? spawn(command, args, { env, stdio })
    : spawn('nsenter', [`--net=/run/netns/${host}`, command, ...args], {
        env,
        stdio,
        serialization: 'advanced',
      })
}

/** Starts a program of this folder. Resolves when it says that it is ready. @throws {ProxyError} ERR_LAB */
export async function startProgram(
  host: LabHost,
  name: 'client-program' | 'pod-program',
  args: readonly string[] = [],
): Promise<Program> {
  // As source or built, it has the same suffix as this file.
  const path = fileURLToPath(new URL(`./${name}${extname(import.meta.url)}`, import.meta.url))
  const stdio: StdioOptions = ['ignore', 'ignore', 'pipe', 'ipc']
  const child = spawn(
    'nsenter',
    [
      ...(host === 'node' ? [] : [`--net=/run/netns/${host}`]),
      '--',
      process.execPath,
      path,
      ...args,
    ],
    { env, stdio, serialization: 'advanced' },
  )
  const caller = new Caller(child, `the ${name} on ${host}`)
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const isReady = await Promise.race([
    once(child, 'message').then(() => true),
    once(child, 'exit').then(() => false),
  ])
  if (isReady) return { process: child, caller }
  throw await labError(`the ${name} on ${host} does not start: ${stderr.trim()}`)
}

/** @throws {ProxyError} ERR_LAB where it fails or is not installed */
export async function succeed(
  command: string,
  args: readonly string[],
  input?: string,
): Promise<string> {
  const result = await runOn('node')(command, args, input).catch(({ message }: Error) => {
    return { exitCode: 1, stdout: '', stderr: message }
  })
  if (result.exitCode === 0) return result.stdout
  const what = [command, ...args].join(' ')
  throw await labError(`${what}: ${result.stderr.trim() || `exit ${result.exitCode}`}`)
}

async function batch(args: readonly string[], commands: readonly string[]): Promise<void> {
  await succeed('ip', [...args, '-batch', '-'], `${commands.join('\n')}\n`)
}

async function finish(child: ChildProcess, input = ''): Promise<CommandResult> {
  const output = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  // A command that does not read its input breaks the pipe.
  child.stdin?.on('error', () => {})
  child.stdin?.end(input)
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return { exitCode: exitCode ?? 1, ...output }
}
