/** The flag of `run` for the connection log. */
import type { Options } from 'yargs'
import type { Flags } from '../flags.ts'
import { badFlag } from '../flags.ts'

/** For yargs. */
export const connectionLogOption: Options = {
  type: 'string',
  requiresArg: true,
  describe: 'A line of JSON for each connection that is over; a file, a named pipe or -',
}

/** Where it is written to, `undefined` where there is to be none. @throws {CommandError} */
export function readConnectionLogFlag(flags: Flags): string | undefined {
  const name = 'connection-log'
  if (!flags.has(name)) return undefined
  const path = flags.text(name)
  if (path !== '') return path
  throw badFlag(name, path, 'the path of a file, or - for standard output,')
}
