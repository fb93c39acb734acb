/**
 * The languages that the lab speaks. API words (Service, Pod, ClusterIP, Endpoint) are English in all of them.
 */

export const languages = ['en', 'zh-CN'] as const
export type Language = (typeof languages)[number]
