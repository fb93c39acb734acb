/**
 * chooseLevel: which lab this machine can have, found out by trying: namespaces are made, rules are written in them,
 * and with the process that did it they are gone. Nothing of the machine is touched.
 */
import type { CommandResult } from '../index.ts'
import { ProxyError } from '../index.ts'
import type { LabLevel, LabModeInfo } from './lab.ts'
import { loopbackModes } from './loopback/loopback-modes.ts'
import type { Lack, ProbeFailure } from './network/explain-failure.ts'
import { explainFailure } from './network/explain-failure.ts'
import { unshareCommand } from './network/launcher.ts'
import { networkModes } from './network/network-modes.ts'
import { probeScript, readProbe } from './network/probe-script.ts'
import type { Probe } from './network/probe-script.ts'
import { readSetting as read, runCommand } from './network/this-machine.ts'

interface Choice {
  /** Why no higher one, as a part of a sentence; '' where there is none, or it would add nothing. */
  readonly why: string
  /** What would help: a command; '' where nothing would, or nothing is lacking. */
  readonly help: string
  /** What each mode is at this level. */
  readonly modes: readonly LabModeInfo[]
}

export interface LoopbackChoice extends Choice {
  readonly level: 'loopback'
}

export interface NetworkChoice extends Choice {
  readonly level: 'rootless' | 'root'
  /** What was found in the namespaces. */
  readonly probe: Probe
}

export type LevelChoice = LoopbackChoice | NetworkChoice

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
  const { run = runCommand, readSetting = read } = options
  if (level === 'loopback') return onLoopback(nothing)
  if (platform !== 'linux') {
    return onLoopback(refused(level, { why: 'network namespaces are a thing of Linux', help: '' }))
  }
  if (level === 'root' && uid !== 0) {
    refused(level, { why: 'this user is not root', help: 'sudo, or --level rootless' })
  }
  const highest = uid === 0 ? (['root', 'rootless'] as const) : (['rootless'] as const)
  let lack: Lack = nothing
  for (const candidate of level === undefined ? highest : [level]) {
    const found = await probe(candidate, run)
    if ('probe' in found) {
      return { level: candidate, ...lack, modes: networkModes(found.probe), probe: found.probe }
    }
    if (lack === nothing) lack = await explainFailure(found, { uid, readSetting })
  }
  return onLoopback(refused(level, lack))
}

const nothing: Lack = { why: '', help: '' }

/** @throws {ProxyError} ERR_UNSUPPORTED where a level was wanted */
function refused(level: LabLevel | undefined, lack: Lack): Lack {
  if (level === undefined) return lack
  const help = lack.help === '' ? '' : `. try: ${lack.help}`
  throw new ProxyError('ERR_UNSUPPORTED', `level ${level}: ${lack.why}${help}`)
}

async function probe(
  level: 'rootless' | 'root',
  run: NonNullable<ChooseLevelOptions['run']>,
): Promise<{ readonly probe: Probe } | ProbeFailure> {
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
  return text.trim().replace(/^[^]*\n/, '')
}

function onLoopback({ why, help }: Lack): LevelChoice {
  return { level: 'loopback', why, help, modes: loopbackModes }
}
