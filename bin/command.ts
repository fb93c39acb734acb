/**
 * Command: what each file in commands/ exports.
 */
import type { CommandModule } from 'yargs'

export interface Command extends CommandModule {
  /** Its name, and its positional arguments as yargs writes them. */
  readonly command: string
}
