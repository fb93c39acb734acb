/**
 * demoMessages: what the demo says, by language.
 */
import type { Language } from '../languages.ts'
import type { DemoMessages } from './en.ts'
import { en } from './en.ts'
import { zhCN } from './zh-CN.ts'

export type { DemoMessages } from './en.ts'

export const demoMessages: Readonly<Record<Language, DemoMessages>> = Object.freeze({
  en,
  'zh-CN': zhCN,
})
