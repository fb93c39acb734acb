/** inOwnNetwork: what every bench begins with: a network, cores and a folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { moveTo } from './cores.ts'
import { isInOwnNetwork, runInOwnNetwork } from './own-network.ts'

/**
 * Does `work` in a process of its own network; the folder is removed when that ends. Resolves with the exit code.
 *
 * @throws {Error} where there can be no such network
 */
export async function inOwnNetwork(work: (folder: string) => Promise<number>): Promise<number> {
  if (!isInOwnNetwork) {
    const outcome = await runInOwnNetwork()
    if (typeof outcome === 'number') return outcome
    throw new Error(`no network of its own: ${outcome}`)
  }
  moveTo('others')
  const folder = mkdtempSync(join(tmpdir(), 'userspace-proxy-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))
  return work(folder)
}
