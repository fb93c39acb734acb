/** The version a program tells, or `undefined` where it is not installed. */
import { spawnSync } from 'node:child_process'

export function installed(file: string, flag: string): string | undefined {
  const env = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` }
  const { error, stdout, stderr } = spawnSync(file, [flag], { encoding: 'utf8', env })
  if (error) return undefined
  return /\d+\.\d+(\.\d+)?/.exec(stdout + stderr)?.[0]
}
