/**
 * What SIGHUP means to a daemon that no keeper can replace: the connection log is opened anew, the file of `--config` is
 * read again, and what of it needs a restart is said. Manifests are watched anyhow.
 */
import type { ConnectionLog, Logger } from '../../lib/index.ts'
import { reportError } from '../report-error.ts'
import { readConfiguration } from '../configuration/read-configuration.ts'
import type { Configuration } from '../configuration/parse-configuration.ts'

export interface HangUpOptions {
  readonly logger: Logger
  /** As it was read at the start, with its path; `undefined` where there is none. */
  readonly configuration: (Configuration & { readonly path: string }) | undefined
  readonly connectionLog: Pick<ConnectionLog, 'reopen'> | undefined
}

/** Resolves when all is done and said. Never rejects: what worked goes on. */
export async function hangUp({
  logger,
  configuration,
  connectionLog,
}: HangUpOptions): Promise<void> {
  const say = (message: string): void => logger.info({ event: 'signal' }, `SIGHUP: ${message}`)
  await connectionLog?.reopen()
  if (configuration === undefined) {
    return say('manifests are watched; flags need a restart, without loss with --keeper')
  }
  try {
    const { flags } = await readConfiguration(configuration.path)
    const names = new Set([...Object.keys(flags), ...Object.keys(configuration.flags)])
    const changed = [...names].filter((name) => flags[name] !== configuration.flags[name])
    if (changed.length === 0) return say(`${configuration.path} says what it said`)
    const list = changed.map((name) => `--${name}`).join(', ')
    say(`${configuration.path} has another ${list}, which needs a restart`)
  } catch (error) {
    for (const line of reportError(error, { command: 'run', isDebug: false }).lines) {
      logger.warn({ event: 'signal' }, `SIGHUP: ${line}`)
    }
  }
}
