/**
 * stationLabel: what stands at a station of a drawing. Pure.
 */

/** What tells a rule: its chain, the map it looks into, its dice, where it sends packets. */
const ruleWords: readonly RegExp[] = [
  /^-A (\S+)/,
  /vmap (@\S+)/,
  /^(numgen random)/,
  /(dnat to) /,
  /((?:jump|goto) \S+)$/,
]

/** @param room how many characters there is place for */
export function stationLabel(
  { station, rule }: { readonly station: string; readonly rule: string },
  { name, room }: { readonly name: string; readonly room: number },
): string {
  const words = station === 'rule' ? ruleWords.map((pattern) => pattern.exec(rule)?.[1]) : []
  const label = words.find((word) => word !== undefined) ?? name
  return label.length > room ? `${label.slice(0, Math.max(room - 1, 1))}…` : label
}
