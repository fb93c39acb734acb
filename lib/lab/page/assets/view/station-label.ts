/**
 * stationLabel: what stands at a station of a drawing; there is room for a dozen characters. Pure.
 */
const room = 13

/** A rule is told by its chain; any other station by its name. */
export function stationLabel(
  { station, rule }: { readonly station: string; readonly rule: string },
  name: string,
): string {
  const [, chain] = /^-A (\S+)/.exec(rule) ?? []
  const label = station === 'rule' && chain !== undefined ? chain : name
  return label.length > room ? `${label.slice(0, room - 1)}…` : label
}
