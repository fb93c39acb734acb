/**
 * Text from outside as a person may see it on a terminal.
 */

/** `text`, cut after `longest` characters, with every character escaped that could change what a terminal shows. */
export function printable(text: string, longest = 80): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text
  return shown.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
}
