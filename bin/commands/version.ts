/**
 * `version`: which program this is, on which Node and machine.
 */
import { arch, platform, release } from 'node:os'
import type { Command } from '../command.ts'
import { Flags } from '../flags.ts'
import { packageVersion } from '../package-version.ts'
import { StandardOutput } from '../standard-output.ts'

export const versionCommand: Command = {
  command: 'version',
  describe: 'Print the versions of the program, Node and the machine',
  builder: (yargs) =>
    yargs
      .option('output', {
        alias: 'o',
        requiresArg: true,
        default: 'text',
        describe: 'text or json',
      })
      .example('$0 version -o json', 'for a bug report'),
  handler: async (argv) => {
    const format = new Flags(argv).oneOf('output', ['text', 'json'])
    const versions = {
      'userspace-proxy': packageVersion(),
      node: process.versions.node,
      platform: `${platform()} ${arch()} ${release()}`,
    }
    const output = new StandardOutput()
    if (format === 'json') output.print(JSON.stringify(versions, null, 2))
    else for (const [name, version] of Object.entries(versions)) output.print(`${name} ${version}`)
    await output.flush()
  },
}
