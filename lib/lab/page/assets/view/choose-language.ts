/**
 * chooseLanguage: the first language that is wanted and there. Pure.
 */

/** @param wanted the most wanted first; `zh`, `zh-Hans-CN` and `zh-CN` mean the same here, '' means nothing */
export function chooseLanguage(wanted: readonly string[], there: readonly string[]): string {
  for (const name of wanted) {
    const exact = there.find((known) => known === name)
    const [primary = ''] = name.split('-')
    const found = exact ?? there.find((known) => primary !== '' && known.split('-')[0] === primary)
    if (found !== undefined) return found
  }
  return there[0] ?? 'en'
}
