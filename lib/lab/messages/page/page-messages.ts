/**
 * pageMessages: what the page of the lab says, by language.
 */
import { en } from './en.ts'
import { zhCN } from './zh-CN.ts'

export type PageMessages = Readonly<Record<keyof typeof en, string>>

export const languages = ['en', 'zh-CN'] as const
export type Language = (typeof languages)[number]

export const pageMessages: Readonly<Record<Language, PageMessages>> = { en, 'zh-CN': zhCN }
