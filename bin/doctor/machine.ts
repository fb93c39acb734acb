/**
 * Machine: all that `doctor` may ask of the machine it runs on. Nothing of it changes anything.
 */
import type { RunCommand } from '../../lib/index.ts'

export interface Machine {
  readonly platform: NodeJS.Platform
  /** Of the kernel: `6.18.5`. */
  readonly release: string
  /** `26.10.0`. */
  readonly nodeVersion: string
  /** Of the user; `undefined` where the system has none. */
  readonly uid: number | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homeFolder: string
  /** The text of a file; `undefined` where there is none, or none that this user may read. */
  readonly readFile: (path: string) => Promise<string | undefined>
  readonly run: RunCommand
  /** Why nobody can listen there (`EADDRINUSE`); `undefined` where one can. */
  readonly listenProblem: (address: string, port: number) => Promise<string | undefined>
  /** The answer to `GET` where it is 200, else `undefined`. */
  readonly ask: (address: string, port: number, path: string) => Promise<string | undefined>
}
