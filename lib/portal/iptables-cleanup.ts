/**
 * cleanUpIptables: removes all rules of ours, of both families and both variants, without a proxier that runs.
 *
 * What a killed process left behind is found by the names of its chains. Foreign rules are not touched.
 */
import { holdsOurs, iptablesRemoval } from './iptables-diff.ts'
import { IptablesTool } from './iptables-tool.ts'
import type { RunCommand } from './run-command.ts'
import { createCommandRunner } from './run-command.ts'
import { forgetUdpFlows, installedUdpPortals } from './udp-flows.ts'

export interface CleanUpOptions {
  /** Default: starts processes. */
  readonly run?: RunCommand
  /** How long to wait for the xtables lock. Default 5. */
  readonly waitSeconds?: number
  /**
   * Only look: what would be removed is returned, and stays. Rules of the variant that `iptables` stands for then have
   * both its names.
   */
  readonly dryRun?: boolean
}

/**
 * Returns the tools (`iptables`, `ip6tables-legacy`) that held rules of ours, which are gone now; none where there was nothing to do.
 *
 * @throws {ProxyError} ERR_PORTAL where rules could not be removed, or nothing could be looked at for want of rights
 */
export async function cleanUpIptables(options: CleanUpOptions = {}): Promise<readonly string[]> {
  const { run = createCommandRunner(), waitSeconds = 5, dryRun = false } = options
  const cleaned: string[] = []
  let fault: unknown
  for (const family of ['IPv4', 'IPv6'] as const) {
    for (const variant of [undefined, 'nft', 'legacy'] as const) {
      const tool = new IptablesTool({ family, variant, run, waitSeconds })
      try {
        if (!holdsOurs(await tool.save())) continue
      } catch (error) {
        // A tool that cannot look is not installed or not for this kernel, and then holds nothing of ours. But the one
        // that every machine with iptables has must be able to.
        const isMissing = ((error as Error).cause as NodeJS.ErrnoException)?.code === 'ENOENT'
        if (tool.name === 'iptables' && !isMissing) fault = error
        continue
      }
      cleaned.push(tool.name)
      if (dryRun) continue
      const { before } = await tool.change(iptablesRemoval)
      await forgetUdpFlows(installedUdpPortals(before), { family, run }).catch(() => {})
    }
  }
  if (fault !== undefined) throw fault
  return cleaned
}
