/**
 * languageOf: the language that somebody reads: the one he asks for, or that of his terminal.
 */
import type { Language } from '../lib/lab/index.ts'

/** Any Chinese is better read in Simplified Chinese than in English; all else is English. */
export function languageOf(env: Readonly<Record<string, string | undefined>>): Language {
  // POSIX: the first of them that is set and not empty.
  const locale = [env['LC_ALL'], env['LC_MESSAGES'], env['LANG']].find((text) => text)
  return locale?.startsWith('zh') === true ? 'zh-CN' : 'en'
}
