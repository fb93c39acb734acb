/**
 * pageText: a message of the page, for who prints it elsewhere.
 */
import type { Language } from '../messages/languages.ts'
import type { PageMessages } from '../messages/page/page-messages.ts'
import { pageMessages } from '../messages/page/page-messages.ts'
import type { Parameters } from './assets/view/fill-in.ts'
import { fillIn } from './assets/view/fill-in.ts'

export function pageText(
  language: Language,
  key: keyof PageMessages,
  parameters?: Parameters,
): string {
  return fillIn(pageMessages[language][key], parameters)
}
