/**
 * openNetworkLab: starts the lab's first process in namespaces of its own, and calls it from outside.
 *
 * The namespaces are those of that process and of its children: when it ends, so does everything in them, and nothing
 * of the machine was ever touched. It ends when its IPC channel closes, so also when this process is killed.
 */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ProxyError } from '../../index.ts'
import type { Lab, LabDescription, LabModeInfo } from '../lab.ts'
import { links, nodeAddresses } from './addresses.ts'
import type { NamespaceLabOptions } from './namespace-lab.ts'
import type { Probe } from './probe-script.ts'
import { Caller } from './rpc.ts'
import { toolEnvironment } from './tool-environment.ts'

export interface NetworkLabOptions {
  readonly level: 'rootless' | 'root'
  /** Why it is no higher level; '' where nobody needs to know. */
  readonly reason: string
  readonly modes: readonly LabModeInfo[]
  /** What was found in such namespaces. */
  readonly probe: Probe
}

/** The command that runs another one as the first process of namespaces of its own. */
export function unshareCommand(level: NetworkLabOptions['level']): readonly string[] {
  // Root needs no user namespace, and in one it would lose rights.
  const user = level === 'root' ? [] : ['--user', '--map-root-user']
  const others = ['--net', '--mount', '--pid', '--mount-proc', '--fork', '--kill-child=SIGKILL']
  return ['unshare', ...user, ...others, '--']
}

/** @throws {ProxyError} ERR_LAB */
export async function openNetworkLab(options: NetworkLabOptions): Promise<Lab> {
  const begin = performance.now()
  const [command = '', ...args] = unshareCommand(options.level)
  // As source or built, it has the same suffix as this file.
  const url = new URL(`./inside-program${extname(import.meta.url)}`, import.meta.url)
  const inside = spawn(command, [...args, process.execPath, fileURLToPath(url)], {
    env: toolEnvironment,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  })
  const failure = failureOf(inside)
  const caller = new Caller(inside, 'the lab')
  const { modes, probe, level } = options
  const inner: NamespaceLabOptions = { probe, isRoot: level === 'root' }
  try {
    await Promise.race([caller.call('open', inner), failure])
  } catch (error) {
    await end(inside)
    throw error
  }
  failure.catch(() => {})
  const description: LabDescription = {
    level,
    reason: options.reason,
    clientAddress: links.client.address,
    nodeAddresses,
    modes,
    readyMs: performance.now() - begin,
  }
  return remoteLab(caller, description, () => end(inside))
}

/** Rejects when the process ends, or could not even be started. */
async function failureOf(inside: ChildProcess): Promise<never> {
  let stderr = ''
  inside.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  try {
    await once(inside, 'close')
  } catch (cause) {
    throw new ProxyError('ERR_LAB', `the lab: ${(cause as Error).message}`, { cause })
  }
  const said = stderr.trim() || `exit code ${inside.exitCode}`
  throw new ProxyError('ERR_LAB', `the lab has ended: ${said}`)
}

async function end(inside: ChildProcess): Promise<void> {
  if (inside.pid === undefined || inside.exitCode !== null || inside.signalCode !== null) return
  const exit = once(inside, 'exit')
  if (inside.connected) inside.disconnect()
  await exit
}

const methods = [
  'state',
  'setMode',
  'setScheduler',
  'setAffinity',
  'setOtherServices',
  'setCondition',
  'setEndpoint',
  'request',
  'hold',
  'ask',
  'release',
  'rules',
  'trace',
  'measure',
  'run',
] as const satisfies readonly Exclude<keyof Lab, 'description' | 'close'>[]

function remoteLab(caller: Caller, description: LabDescription, close: () => Promise<void>): Lab {
  let closed: Promise<void> | undefined
  const calls = methods.map((method) => [
    method,
    (...args: readonly unknown[]) => caller.call(method, ...args),
  ])
  return {
    ...(Object.fromEntries(calls) as Omit<Lab, 'description' | 'close'>),
    description,
    close: () => (closed ??= close()),
  }
}
