/**
 * forgetUdpFlows: deletes what the kernel remembers of UDP flows to portals whose redirect has just come, gone or moved.
 *
 * A redirect is looked up for the first packet of a flow only. A client that keeps sending would stay on its old path,
 * possibly a closed port, for ever (kubernetes#125467). TCP needs nothing: there a new connection is a new flow.
 */
import type { IPFamily } from '../address.ts'
import { addressFamily, canonicalAddress } from '../address.ts'
import { commandFailure } from './command-failure.ts'
import type { RestoreStep } from './iptables-diff.ts'
import type { RuleSet } from './iptables-layout.ts'
import { portalChains } from './iptables-layout.ts'
import type { CommandResult, RunCommand } from './run-command.ts'

/** `address port`, or `port` alone for a node port: where clients send to. */
export type UdpPortal = string

/** Returns the UDP portals that the rule lines of the nat table in `steps` add or remove. Pure. */
export function changedUdpPortals(steps: readonly RestoreStep[]): ReadonlySet<UdpPortal> {
  return portalsOf(steps.filter(({ table }) => table === 'nat').flatMap(({ lines }) => lines))
}

/** Returns all UDP portals that are installed. Pure. */
export function installedUdpPortals({ nat }: RuleSet): ReadonlySet<UdpPortal> {
  return portalsOf(portalChains.flatMap(({ name }) => nat.get(name) ?? []))
}

/**
 * Deletes the flows of `family` to `portals`: one process to list all UDP flows, and one for each portal that has any.
 *
 * @returns how many flows were deleted
 * @throws {ProxyError} ERR_PORTAL where the `conntrack` tool is missing or fails
 */
export async function forgetUdpFlows(
  portals: ReadonlySet<UdpPortal>,
  { family, run }: { readonly family: IPFamily; readonly run: RunCommand },
): Promise<number> {
  if (portals.size === 0) return 0
  const filter = ['-f', family === 'IPv4' ? 'ipv4' : 'ipv6', '-p', 'udp']
  const listed = await finish(run, ['-L', ...filter])
  if (listed.exitCode !== 0) throw commandFailure('conntrack', listed)
  let deleted = 0
  for (const destination of destinationsOf(listed.stdout)) {
    const [address = '', port = ''] = destination.split(' ')
    if (!portals.has(destination) && !portals.has(port)) continue
    // An exit code other than 0 only says that the flow has ended in between.
    const { stdout } = await finish(run, [
      '-D',
      ...filter,
      '--orig-dst',
      address,
      '--orig-port-dst',
      port,
    ])
    deleted += stdout.split('\n').filter((line) => line.includes(' dst=')).length
  }
  return deleted
}

async function finish(run: RunCommand, args: readonly string[]): Promise<CommandResult> {
  try {
    return await run('conntrack', args)
  } catch (error) {
    throw commandFailure('conntrack', error as Error)
  }
}

function portalsOf(lines: readonly string[]): ReadonlySet<UdpPortal> {
  const portals = new Set<UdpPortal>()
  for (const line of lines) {
    const match =
      /^-[AD] (?:KUBE|USERSPACE-PROXY)-\S+ (?:-d (\S+)\/\d+ )?-p udp .*-m udp --dport (\d+) /.exec(
        line,
      )
    if (match !== null)
      portals.add(match[1] === undefined ? `${match[2]}` : `${match[1]} ${match[2]}`)
  }
  return portals
}

/** The first destination of a line is the one that the client dialled; the second is where its answers go. */
function destinationsOf(list: string): ReadonlySet<string> {
  const destinations = new Set<string>()
  for (const line of list.split('\n')) {
    const match = / dst=(\S+) sport=\d+ dport=(\d+) /.exec(line)
    const address = canonicalAddress(match?.[1] ?? '')
    if (address !== undefined && addressFamily(address))
      destinations.add(`${address} ${match?.[2]}`)
  }
  return destinations
}
