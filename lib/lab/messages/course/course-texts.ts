/**
 * courseTexts: the course, by language.
 */
import type { Language } from '../languages.ts'
import type { CourseText } from './course-text.ts'
import { en } from './en.ts'
import { zhCN } from './zh-CN.ts'

export const courseTexts: Readonly<Record<Language, CourseText>> = Object.freeze({
  en,
  'zh-CN': zhCN,
})
