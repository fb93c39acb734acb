/**
 * `cleanup`: removes the rules and routes that a killed daemon left behind, and nothing else.
 */
import { cleanUpAnyIP, cleanUpIptables } from '../../lib/index.ts'
import type { Command } from '../command.ts'
import { StandardOutput } from '../standard-output.ts'

export const cleanupCommand: Command = {
  command: 'cleanup',
  describe: 'Remove the rules and routes that a killed daemon left',
  builder: (yargs) => yargs.example('$0 cleanup', 'as root, while no daemon runs'),
  handler: async () => {
    const output = new StandardOutput()
    const results = await Promise.allSettled([cleanUpIptables(), cleanUpAnyIP()])
    for (const result of results) {
      if (result.status === 'fulfilled')
        for (const what of result.value) output.print(`removed: ${what}`)
    }
    const failure = results.find((result) => result.status === 'rejected')
    if (failure) throw failure.reason
    if (results.every((result) => result.status === 'fulfilled' && result.value.length === 0)) {
      output.print('there was nothing to remove')
    }
    await output.flush()
  },
}
