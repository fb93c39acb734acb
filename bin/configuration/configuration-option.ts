/**
 * The flag `--config`, and how a configuration file and flags go together.
 *
 * With `--config` kube-proxy ignores almost all other flags. Here a flag that is typed wins over the file, and the file
 * over the default of a flag.
 */
import type { Argv } from 'yargs'
import { Flags } from '../flags.ts'
import type { Configuration } from './parse-configuration.ts'
import { readConfiguration } from './read-configuration.ts'

/** For yargs. */
export const configurationOption = {
  type: 'string',
  requiresArg: true,
  describe: 'A KubeProxyConfiguration; a flag that is typed wins over what it says',
} as const

/** Other sources of Services than the `clientConnection.kubeconfig` of a file. */
const otherSources = ['manifests', 'in-cluster']

/**
 * Middleware for yargs, to run before validation: puts what the file says behind the flags that were not typed, and the
 * Configuration in the place of its path.
 *
 * @throws {CommandError} where the file cannot be read
 * @throws {ProxyError} ERR_INVALID_OPTION with a line for each error in it
 */
export function applyConfiguration(
  argv: Record<string, unknown>,
  yargs?: Argv,
): Promise<void> | undefined {
  const path = new Flags(argv).text('config')
  // yargs passes itself, and knows what was typed; its types know of neither.
  const { defaulted, error } = yargs!.parsed as unknown as Parsed
  // Of a flag without a value yargs speaks only if nobody lets it wait.
  if (argv['config'] === undefined || error !== null) return undefined
  const isTyped = (name: string): boolean =>
    argv[name] !== undefined && argv[name] !== false && defaulted[name] !== true
  return readConfiguration(path).then((configuration) => {
    for (const [name, text] of Object.entries(configuration.flags)) {
      const hasOtherSource = name === 'kubeconfig' && otherSources.some(isTyped)
      if (!isTyped(name) && !hasOtherSource) argv[name] = text
    }
    argv['config'] = { ...configuration, path }
  })
}

interface Parsed {
  readonly defaulted: Readonly<Record<string, true>>
  readonly error: Error | null
}

/** What is to be logged about the file that `applyConfiguration` has read; nothing where there was none. */
export function configurationNotes({
  config,
}: Readonly<Record<string, unknown>>): readonly string[] {
  return (config as Configuration | undefined)?.notes ?? []
}
