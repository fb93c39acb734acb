/**
 * `doctor`: what the machine offers, what is missing, and what to do about it. Changes nothing.
 */
import type { Command } from '../command.ts'
import { doctorDocument, doctorReport } from '../doctor/doctor-report.ts'
import { examine } from '../doctor/examine.ts'
import { lackedBy } from '../doctor/finding.ts'
import { localMachine } from '../doctor/local-machine.ts'
import { Flags } from '../flags.ts'
import { portalModes } from '../portal-binders.ts'
import { StandardOutput } from '../standard-output.ts'

export const doctorCommand: Command = {
  command: 'doctor',
  describe: 'Say what the machine offers, and what is missing',
  builder: (yargs) =>
    yargs
      .option('portals', {
        type: 'string',
        requiresArg: true,
        default: 'none',
        describe: 'The mode that has to work, for exit code 0: none, iptables or anyip',
      })
      .option('output', {
        alias: 'o',
        type: 'string',
        requiresArg: true,
        default: 'text',
        describe: 'text or json',
      })
      .example('$0 doctor', 'as the user who is to run it')
      .example('$0 doctor -o json', 'for a bug report'),
  handler: async (argv) => {
    const flags = new Flags(argv)
    const mode = flags.oneOf('portals', portalModes)
    const format = flags.oneOf('output', ['text', 'json'])
    const findings = await examine(localMachine())
    const output = new StandardOutput()
    if (format === 'json') output.print(JSON.stringify(doctorDocument(findings), null, 2))
    else for (const line of doctorReport(findings)) output.print(line)
    await output.flush()
    if (lackedBy(mode, findings).length > 0) process.exitCode = 1
  },
}
