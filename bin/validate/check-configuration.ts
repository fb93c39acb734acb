/**
 * checkConfiguration: what is wrong with a KubeProxyConfiguration, and what of it has no effect.
 */
import { ProxyError } from '../../lib/index.ts'
import { CommandError } from '../command-error.ts'
import { readConfiguration } from '../configuration/read-configuration.ts'
import { Flags } from '../flags.ts'
import { proxyFlagOptions, readProxyFlags } from '../run/proxy-flags.ts'
import type { Findings } from './validation-report.ts'

/** @throws {CommandError} where the file cannot be read */
export async function checkConfiguration(path: string): Promise<Findings> {
  try {
    const { flags, notes } = await readConfiguration(path)
    const problem = problemOfFlags(flags)
    return { errors: problem === undefined ? [] : [`${path}: ${problem}`], warnings: notes }
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error
    return { errors: error.message.split('\n'), warnings: [] }
  }
}

/** What only shows beside the defaults of the flags that the file says nothing of. */
function problemOfFlags(given: Readonly<Record<string, string>>): string | undefined {
  const defaults = Object.entries(proxyFlagOptions()).map(([name, option]) => [
    name,
    option.default as unknown,
  ])
  try {
    readProxyFlags(new Flags({ ...Object.fromEntries(defaults), ...given }))
    return undefined
  } catch (error) {
    if (error instanceof CommandError) return error.message
    throw error
  }
}
