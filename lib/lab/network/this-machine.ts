/**
 * runCommand and readSetting: what `chooseLevel` asks of the machine it runs on.
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { CommandResult } from '../../index.ts'
import { toolEnvironment } from './tool-environment.ts'

/** A probe takes some 50 ms. */
const limits = { timeout: 10_000, killSignal: 'SIGKILL' } as const

/** Rejects with Node's own error where the command did not run to its end. */
export function runCommand(command: string, args: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { env: toolEnvironment, ...limits }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error)
      else resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr })
    })
  })
}

/** The text of a file; `undefined` where there is none, or none that this user may read. */
export function readSetting(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}
