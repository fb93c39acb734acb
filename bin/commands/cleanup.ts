/**
 * `cleanup`: removes the rules and routes that a killed daemon left behind, and nothing else.
 */
import { cleanUpAnyIP, cleanUpIptables, ProxyError } from '../../lib/index.ts'
import type { Command } from '../command.ts'
import { StandardOutput } from '../standard-output.ts'

export const cleanupCommand: Command = {
  command: 'cleanup',
  describe: 'Remove the rules and routes that a killed daemon left',
  builder: (yargs) => yargs.example('$0 cleanup', 'as root, while no daemon runs'),
  handler: async () => {
    const output = new StandardOutput()
    const cleanUps = [
      cleanUpIptables().then((tools) => tools.map((tool) => `rules of ${tool}`)),
      cleanUpAnyIP().then((routes) => routes.map((route) => `route ${route}`)),
    ]
    // One that fails is no reason for the other not to be done, nor to be silent on what it did.
    const results = await Promise.allSettled(cleanUps)
    const removed = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
    for (const what of removed) output.print(`removed: ${what}`)
    const fault = results.find((result) => result.status === 'rejected')
    if (fault !== undefined) throw withoutModes(fault.reason)
    if (removed.length === 0) output.print('there was nothing to remove')
    await output.flush()
  },
}

/** The advice of the library is for those who run it: what another mode has left is not removed by choosing one. */
function withoutModes(error: unknown): unknown {
  if (!(error instanceof ProxyError)) return error
  const message = error.message.replace(/, or use --portals \w+(?: or \w+)?/, '')
  return new ProxyError(error.code, message, { cause: error })
}
