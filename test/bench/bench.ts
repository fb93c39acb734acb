/**
 * Relays side by side: what each load through each of them gives and costs, in one run on one machine.
 *
 * `npm run bench -- --help` says what can be chosen; README.md beside this file what is measured, and how.
 */
import { writeFileSync } from 'node:fs'
import type { BenchOptions } from './command-line.ts'
import { parseCommandLine } from './command-line.ts'
import { inOwnNetwork } from './in-own-network.ts'
import { report } from './report.ts'
import { runSuite } from './suite.ts'

async function run(options: BenchOptions, folder: string): Promise<number> {
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
  const options = await parseCommandLine(process.argv.slice(2))
  process.exitCode = await inOwnNetwork((folder) => run(options, folder))
} catch (error) {
  say(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  process.exitCode = 1
}
// Backends and relays that still run end with this process.
process.exit()
