/**
 * `man`: prints the man page, as roff. Hidden: the build calls it, and people have man(1).
 */
import type { Command } from '../command.ts'
import { describeCommand } from '../describe/describe-command.ts'
import { manPage } from '../man/man-page.ts'
import { packageVersion } from '../package-version.ts'
import { StandardOutput } from '../standard-output.ts'

/** @param commands all there are, once they are known */
export function manCommand(commands: () => readonly Command[]): Command {
  return {
    command: 'man',
    describe: false,
    builder: (yargs) => yargs.example('$0 man', '| man -l -'),
    handler: async () => {
      const output = new StandardOutput()
      const descriptions = commands().flatMap((command) => describeCommand(command) ?? [])
      output.print(manPage({ commands: descriptions, version: packageVersion() }).trimEnd())
      await output.flush()
    },
  }
}
