/**
 * pageMessages: what the page of the lab says, by language.
 */
import type { Language } from '../languages.ts'
import { en } from './en.ts'
import { zhCN } from './zh-CN.ts'

export type PageMessages = Readonly<Record<keyof typeof en, string>>

export const pageMessages: Readonly<Record<Language, PageMessages>> = { en, 'zh-CN': zhCN }
