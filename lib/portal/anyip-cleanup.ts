/**
 * cleanUpAnyIP: removes all routes of ours, of both families, without a proxier that runs and without its options.
 */
import { isOurs } from './anyip-routes.ts'
import { IpTool } from './ip-tool.ts'
import type { RunCommand } from './run-command.ts'
import { createCommandRunner } from './run-command.ts'

export interface AnyIPCleanUpOptions {
  /** Default: starts processes. */
  readonly run?: RunCommand
  /** Only look: what would be removed is returned, and stays. */
  readonly dryRun?: boolean
}

/**
 * Returns the routes that were removed, as `ip route` prints them; none where there was nothing to do.
 *
 * @throws {ProxyError} ERR_PORTAL where `ip` is there and fails
 */
export async function cleanUpAnyIP(options: AnyIPCleanUpOptions = {}): Promise<readonly string[]> {
  const { run = createCommandRunner(), dryRun = false } = options
  const removed: string[] = []
  for (const family of ['IPv4', 'IPv6'] as const) {
    const tool = new IpTool({ family, run })
    const routes = await tool.show('local').catch((error: Error) => {
      // Without `ip`, or without IPv6 in the kernel, there is no route of ours.
      const isMissing = (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
      if (family === 'IPv4' && !isMissing) throw error
      return []
    })
    for (const route of routes.filter(isOurs)) {
      if (!dryRun) await tool.remove(route)
      removed.push(route.text)
    }
  }
  return removed
}
