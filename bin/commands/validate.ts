/**
 * `validate`: names all that is wrong with manifests or a configuration, and serves nothing.
 */
import { checkManifests } from '../../lib/index.ts'
import { CommandError } from '../command-error.ts'
import type { Command } from '../command.ts'
import { Flags } from '../flags.ts'
import { manifestsOption } from '../run/source-flags.ts'
import { StandardOutput } from '../standard-output.ts'
import { checkConfiguration } from '../validate/check-configuration.ts'
import { validationReport } from '../validate/validation-report.ts'

export const validateCommand: Command = {
  command: 'validate',
  describe: 'Name all that is wrong with manifests or a configuration',
  builder: (yargs) =>
    yargs
      .option('manifests', {
        ...manifestsOption,
        describe: 'Files or folders of manifests, YAML or JSON',
      })
      .option('config', {
        type: 'string',
        requiresArg: true,
        describe: 'A KubeProxyConfiguration',
      })
      .option('strict', { type: 'boolean', describe: 'Warnings are errors' })
      .example('$0 validate --manifests shop.yaml', 'also fields that nobody reads are named')
      .example('$0 validate --strict --manifests shop.yaml', 'for CI: exit code 1 also for these'),
  handler: async (argv) => {
    const flags = new Flags(argv)
    if (!flags.has('manifests') && !flags.has('config')) {
      throw new CommandError('nothing to validate; --manifests or --config would be right', {
        exitCode: 2,
      })
    }
    const configuration = flags.has('config')
      ? await checkConfiguration(flags.text('config'))
      : { errors: [], warnings: [] }
    const manifests = flags.has('manifests')
      ? await checkManifests({ paths: flags.texts('manifests') })
      : undefined
    const found = manifests?.errors ?? []
    const errors = [...configuration.errors, ...found.map(({ message }) => message)]
    const warnings = [...configuration.warnings, ...(manifests?.warnings ?? [])]
    const isStrict = flags.isSet('strict')
    const output = new StandardOutput()
    const report = validationReport({
      errors: isStrict ? [...errors, ...warnings] : errors,
      warnings: isStrict ? [] : warnings,
      manifests,
    })
    for (const line of report) output.print(line)
    await output.flush()
    // A path that is wrong was typed here; what is wrong behind it was not.
    if (found.some(({ code }) => code === 'ERR_SOURCE')) process.exitCode = 2
    else if (errors.length > 0 || (isStrict && warnings.length > 0)) process.exitCode = 1
  },
}
