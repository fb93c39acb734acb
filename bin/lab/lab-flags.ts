/**
 * The flags of every command that opens a lab: at which level, and in which language it is told.
 */
import type { LabLevel, Language } from '../../lib/lab/index.ts'
import { languages } from '../../lib/lab/index.ts'
import type { Flags } from '../flags.ts'
import { languageOf } from '../language.ts'

export const labLevels = ['auto', 'loopback', 'rootless', 'root'] as const

export const levelFlag = {
  type: 'string',
  requiresArg: true,
  default: 'auto',
  describe: 'auto, loopback, rootless or root. auto: the highest that works',
} as const

export const langFlag = {
  type: 'string',
  requiresArg: true,
  describe: `${languages.join(' or ')}. Default: that of the terminal`,
} as const

/** `undefined`: the highest that works. */
export function levelOf(flags: Flags): LabLevel | undefined {
  const level = flags.oneOf('level', labLevels)
  return level === 'auto' ? undefined : level
}

/** Default: that of the terminal. */
export function languageFrom(flags: Flags): Language {
  return flags.has('lang') ? flags.oneOf('lang', languages) : languageOf(process.env)
}
