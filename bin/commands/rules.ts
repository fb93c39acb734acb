/**
 * `rules`: prints what `run` would install, and installs nothing.
 */
import {
  AnyIPPortalBinder,
  IptablesPortalBinder,
  ManifestSource,
  plannedRules,
} from '../../lib/index.ts'
import { CommandError } from '../command-error.ts'
import type { Command } from '../command.ts'
import { Flags } from '../flags.ts'
import { createPortalBinder, portalFlagOptions, readPortalFlags } from '../portal-binders.ts'
import { manifestsOption } from '../run/source-flags.ts'
import { StandardOutput } from '../standard-output.ts'

export const rulesCommand: Command = {
  command: 'rules',
  describe: 'Print the rules or routes that run would install',
  builder: (yargs) =>
    yargs
      .option('manifests', {
        ...manifestsOption,
        describe: 'Files or folders of manifests, YAML or JSON',
      })
      .options({
        ...portalFlagOptions,
        portals: {
          ...portalFlagOptions['portals'],
          default: 'iptables',
          describe: 'iptables or anyip',
        },
      })
      .example('$0 rules --manifests shop.yaml', 'iptables rules; ports not known yet: PROXYPORT'),
  handler: async (argv) => {
    const flags = new Flags(argv)
    // Not left to yargs, which would say so to one who has typed --manifest.
    if (!flags.has('manifests')) throw new CommandError('--manifests is missing', { exitCode: 2 })
    const settings = readPortalFlags(flags)
    const source = new ManifestSource({ paths: flags.texts('manifests') })
    const portalBinder = createPortalBinder(settings, warn)
    if (!(
      portalBinder instanceof IptablesPortalBinder || portalBinder instanceof AnyIPPortalBinder
    )) {
      throw new CommandError('--portals none installs nothing; iptables or anyip would be right', {
        exitCode: 2,
      })
    }
    const output = new StandardOutput()
    const rules = await plannedRules({
      source,
      portalBinder,
      externalIPCIDRs: settings.externalIPCIDRs,
    })
    if (rules === '') process.stderr.write('nothing would be installed\n')
    else output.print(rules.trimEnd())
    await output.flush()
  },
}

function warn(message: string): void {
  process.stderr.write(`warning: ${message}\n`)
}
