/**
 * normalForm: one text for all ways in which versions and variants of `iptables-save` print the same rule. Pure.
 *
 * They differ in quotes, in the order of matches, and in `-m state`, which newer ones print as `-m conntrack`. A rule
 * that is compared by its letters alone would be taken for foreign, deleted and added at every sync.
 */

/** Returns the form of a rule line in which equal rules are equal texts. It is for comparing, not for writing. */
export function normalForm(line: string): string {
  let text = ''
  let isNegated = false
  for (const [word] of line.matchAll(/"(?:[^"\\]|\\.)*"|\S+/g)) {
    const isOption = /^-[a-zA-Z]$/.test(word)
    if (word !== '!') text += `${isOption ? '\n' : ' '}${isNegated ? '! ' : ''}${unquoted(word)}`
    isNegated = word === '!'
  }
  const options = text.split('\n').map((option) => aliases.get(option) ?? option)
  return options.sort().join('\n')
}

const aliases = new Map([['-m conntrack --ctstate NEW', '-m state --state NEW']])

/** A space within quotes becomes one that no option can hold, so that it does not look like the end of a word. */
function unquoted(word: string): string {
  if (!word.startsWith('"')) return word
  return word.slice(1, -1).replace(/\\(.)/g, '$1').replaceAll(' ', '\u00a0')
}
