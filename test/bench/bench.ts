/**
 * Relays side by side: what each load through each of them gives and costs, in one run on one machine.
 *
 * `npm run bench -- --help` says what can be chosen; README.md beside this file what is measured, and how.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseCommandLine } from './command-line.ts'
import { moveTo } from './cores.ts'
import { isInOwnNetwork, runInOwnNetwork } from './own-network.ts'
import { report } from './report.ts'
import { runSuite } from './suite.ts'

async function main(): Promise<number> {
  const options = await parseCommandLine(process.argv.slice(2))
  if (!isInOwnNetwork) {
    const outcome = await runInOwnNetwork()
    if (typeof outcome === 'number') return outcome
    throw new Error(`no network of its own: ${outcome}`)
  }
  moveTo('others')
  const folder = mkdtempSync(join(tmpdir(), 'userspace-proxy-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))
  const results = await runSuite({ ...options, folder, progress: say })
  const json = `${JSON.stringify(results, null, 2)}\n`
  if (options.file !== undefined) writeFileSync(options.file, json)
  process.stdout.write(options.output === 'json' ? json : `${report(results).join('\n')}\n`)
  const relays = results.loads.flatMap((load) => load.relays)
  return relays.some(({ refused }) => refused?.isFault === true) ? 1 : 0
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

try {
  process.exitCode = await main()
} catch (error) {
  say(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  process.exitCode = 1
}
// Backends and relays that still run end with this process.
process.exit()
