/**
 * chooseLevel: which lab this machine can have, found out by trying: namespaces are made, rules are written in them,
 * and with the process that did it they are gone. Nothing of the machine is touched.
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { CommandResult } from '../index.ts'
import { ProxyError } from '../index.ts'
import type { LabLevel, LabMode, LabModeInfo } from './lab.ts'
import { labModes } from './lab.ts'
import { loopbackModes } from './loopback/loopback-modes.ts'
import { launchEnv, unshareCommand } from './network/launcher.ts'
import { probeScript, readProbe } from './network/probe-script.ts'
import type { Probe } from './network/probe-script.ts'

export interface LevelChoice {
  readonly level: LabLevel
  /** Why no higher one, as a part of a sentence; '' where there is none, or it would add nothing. */
  readonly why: string
  /** What would help: a command; '' where nothing would, or nothing is lacking. */
  readonly help: string
  /** What each mode is at this level. */
  readonly modes: readonly LabModeInfo[]
  /** What was found in the namespaces; `undefined` on loopback. */
  readonly probe: Probe | undefined
}

export interface ChooseLevelOptions {
  /** The level that is wanted. Default: the highest that works. */
  readonly level?: LabLevel | undefined
  /** Default: those of this process and machine. */
  readonly platform?: NodeJS.Platform
  readonly uid?: number | undefined
  /** Default: starts processes. */
  readonly run?: (command: string, args: readonly string[]) => Promise<CommandResult>
  /** The text of a file of /proc/sys, `undefined` where there is none. Default: reads it. */
  readonly readSetting?: (path: string) => Promise<string | undefined>
}

/** @throws {ProxyError} ERR_UNSUPPORTED where the level that is wanted cannot be had */
export async function chooseLevel(options: ChooseLevelOptions = {}): Promise<LevelChoice> {
  const { level, platform = process.platform, uid = process.getuid?.() } = options
  const { run = start, readSetting = read } = options
  if (level === 'loopback') return onLoopback({ why: '', help: '' })
  if (platform !== 'linux') {
    return onLoopback(refused(level, { why: `network namespaces are a thing of Linux`, help: '' }))
  }
  if (level === 'root' && uid !== 0) {
    refused(level, { why: 'this user is not root', help: 'sudo, or --level rootless' })
  }
  let lack: Lack | undefined
  for (const candidate of ['root', 'rootless'] as const) {
    if (level === undefined ? candidate === 'root' && uid !== 0 : candidate !== level) continue
    const found = await probe(candidate, run)
    if ('probe' in found) {
      const { why, help } = lack ?? { why: '', help: '' }
      return { level: candidate, why, help, modes: modesOf(found.probe), probe: found.probe }
    }
    lack ??= await explain(found, { uid, readSetting })
  }
  return onLoopback(refused(level, lack as Lack))
}

type Lack = Pick<LevelChoice, 'why' | 'help'>

/** @throws {ProxyError} ERR_UNSUPPORTED where a level was wanted */
function refused(level: LabLevel | undefined, lack: Lack): Lack {
  if (level === undefined) return lack
  const help = lack.help === '' ? '' : `. try: ${lack.help}`
  throw new ProxyError('ERR_UNSUPPORTED', `level ${level}: ${lack.why}${help}`)
}

interface Failure {
  /** What of the namespaces was there: `''`: not even they. */
  readonly reached: string
  readonly said: string
}

async function probe(
  level: 'rootless' | 'root',
  run: NonNullable<ChooseLevelOptions['run']>,
): Promise<{ probe: Probe } | Failure> {
  const [command = '', ...args] = unshareCommand(level)
  try {
    const { stdout, stderr } = await run(command, [...args, 'sh', '-c', probeScript])
    const probe = readProbe(stdout)
    const isEnough = probe.hasNode && (probe.iptables !== '' || probe.nft !== '')
    if (isEnough) return { probe }
    return { reached: probe.hasNode ? 'node' : probe.reached, said: lastLine(stderr) }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return { reached: '', said: code === 'ENOENT' ? 'unshare is not installed' : message }
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}

/** What the kernel calls the switches that distributions use against namespaces of users, and their right values. */
const switches: readonly (readonly [path: string, wrong: string, right: string])[] = [
  ['kernel/apparmor_restrict_unprivileged_userns', '1', '0'],
  ['kernel/unprivileged_userns_clone', '0', '1'],
  ['user/max_user_namespaces', '0', '10000'],
  ['user/max_net_namespaces', '0', '10000'],
]

async function explain(
  { reached, said }: Failure,
  {
    uid,
    readSetting,
  }: Required<Pick<ChooseLevelOptions, 'readSetting'>> & { uid: number | undefined },
): Promise<Lack> {
  if (said.includes('unshare is not installed')) {
    return { why: said, help: 'install the package util-linux' }
  }
  if (reached === 'mount') return { why: said, help: 'install the package iproute2' }
  if (reached === 'node') {
    return { why: 'neither iptables nor nft can be used', help: 'install the package iptables' }
  }
  if (reached === 'ip') return { why: `Node cannot be run in namespaces: ${said}`, help: '' }
  for (const [path, wrong, right] of switches) {
    if ((await readSetting(`/proc/sys/${path}`))?.trim() !== wrong) continue
    const name = path.replace('/', '.')
    const why = `namespaces of users are blocked (${name}=${wrong})`
    return { why, help: `sudo sysctl -w ${name}=${right}, or as root` }
  }
  const why = `no namespaces can be made: ${said}`
  return { why, help: uid === 0 ? 'a container that may unshare (--privileged)' : 'as root' }
}

const lacks = (what: string): string => `${what} is not installed, or cannot be used here`

function modesOf({ iptables, nft, hasIpvs }: Probe): readonly LabModeInfo[] {
  const reasons: Partial<Record<LabMode, string>> = {
    ...(iptables === '' && {
      iptables: lacks('iptables'),
      userspace: `${lacks('iptables')}: a route does what the redirect would`,
    }),
    ...(nft === '' && { nftables: lacks('nft') }),
    ipvs: hasIpvs
      ? 'the lab does not drive ip_vs: its schedulers are a model, and no latency is shown'
      : 'this kernel has no ip_vs: its schedulers are a model, and no latency is shown',
  }
  return labModes.map((mode) => {
    const reason = reasons[mode] ?? ''
    const isReal = reason === '' || mode === 'userspace'
    return { mode, truth: isReal ? 'REAL' : 'SIMULATED', reason }
  })
}

function onLoopback({ why, help }: Lack): LevelChoice {
  return { level: 'loopback', why, help, modes: loopbackModes, probe: undefined }
}

function start(command: string, args: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const limits = { timeout: 10_000, killSignal: 'SIGKILL' } as const
    execFile(command, args, { env: launchEnv, ...limits }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error)
      else resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr })
    })
  })
}

function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}
