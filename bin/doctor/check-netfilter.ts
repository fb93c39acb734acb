/**
 * checkNetfilter: iptables of both families and both variants, conntrack, and bridges.
 */
import type { CommandResult } from '../../lib/index.ts'
import type { Finding } from './finding.ts'
import type { Machine } from './machine.ts'

export async function checkNetfilter(machine: Machine): Promise<readonly Finding[]> {
  const ipv4 = await checkIptables(machine, 'iptables')
  return [
    ipv4.finding,
    (await checkIptables(machine, 'ip6tables')).finding,
    ...(ipv4.variant === undefined ? [] : [await checkOtherVariant(machine, ipv4.variant)]),
    await checkConntrack(machine),
    await checkBridges(machine),
  ]
}

type Variant = 'nft' | 'legacy'

interface Iptables {
  readonly finding: Finding
  readonly variant: Variant | undefined
}

async function checkIptables(machine: Machine, name: 'iptables' | 'ip6tables'): Promise<Iptables> {
  const isNeeded = name === 'iptables'
  const lacking = (found: string, advice: string): Finding =>
    isNeeded
      ? { name, mark: 'missing', found, advice, neededBy: ['iptables'] }
      : { name, mark: 'warn', found: `${found}: IPv6 Services get no redirect`, advice }
  const version = await tryToRun(machine, name, ['--version'])
  if (version === undefined) {
    const finding = lacking('not installed', 'install the package iptables')
    return { finding, variant: undefined }
  }
  const [, number = '?', backend] = /v(\S+)(?: \((\w+)\))?/.exec(version.stdout) ?? []
  // Before 1.8 there was only one.
  const variant: Variant = backend === 'nf_tables' ? 'nft' : 'legacy'
  const what = `${number} (${variant})`
  for (const command of [`${name}-save`, `${name}-restore`]) {
    const args = command.endsWith('-save') ? [] : ['--version']
    const result = await tryToRun(machine, command, args)
    if (result?.exitCode === 0) continue
    const [line = ''] = (result?.stderr ?? `${command} is not installed`).trim().split('\n')
    const advice = result === undefined ? 'install the package iptables' : 'run as root'
    return { finding: lacking(`${what}, but ${line || `${command} fails`}`, advice), variant }
  }
  return { finding: { name, mark: 'ok', found: `${what}; rules may be read` }, variant }
}

/** Rules can live in two places of the kernel, which both take effect, and each tool sees only one of them. */
async function checkOtherVariant(machine: Machine, variant: Variant): Promise<Finding> {
  const name = 'variants'
  const other: Variant = variant === 'nft' ? 'legacy' : 'nft'
  let rules = 0
  for (const tool of ['iptables', 'ip6tables']) {
    const saved = await tryToRun(machine, `${tool}-${other}-save`, [])
    rules += saved?.stdout.match(/^-A /gm)?.length ?? 0
  }
  if (rules === 0) return { name, mark: 'ok', found: `all rules are of ${variant}` }
  const count = `${rules} rule${rules === 1 ? '' : 's'}`
  return {
    name,
    mark: 'warn',
    found: `also ${count} of ${other}, which iptables does not show and the kernel obeys`,
    advice: 'use one of them for all: update-alternatives --config iptables',
  }
}

async function checkConntrack(machine: Machine): Promise<Finding> {
  const name = 'conntrack'
  const version = await tryToRun(machine, 'conntrack', ['--version'])
  if (version !== undefined) {
    const [, number = ''] = /v(\d\S*)/.exec(version.stdout) ?? []
    return { name, mark: 'ok', found: `${number} forgets UDP flows that lead to old places`.trim() }
  }
  const found = 'not installed: with iptables, UDP clients keep their way after a change'
  return { name, mark: 'missing', found, advice: 'install the package conntrack' }
}

async function checkBridges({ readFile }: Machine): Promise<Finding> {
  const value = (await readFile('/proc/sys/net/bridge/bridge-nf-call-iptables'))?.trim()
  const state = value === undefined ? 'not loaded' : value === '1' ? 'on' : 'off'
  // kube-proxy needs it for answers of a pod on the client's own bridge; here all answers come from the proxy.
  return { name: 'br_netfilter', mark: 'ok', found: `${state}; the proxy works with and without` }
}

/** `undefined` where it is not installed. */
async function tryToRun(
  { run }: Machine,
  command: string,
  args: readonly string[],
): Promise<CommandResult | undefined> {
  try {
    return await run(command, args)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? undefined : { exitCode: 1, stdout: '', stderr: message }
  }
}
