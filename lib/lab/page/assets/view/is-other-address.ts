/**
 * isOtherAddress: whether a packet's header names another place than at the step before. Pure.
 */

/** A place whose port is not known may be the same. */
export function isOtherAddress(before: string, now: string): boolean {
  if (before === now) return false
  return !before.startsWith(`${now}:`) && !now.startsWith(`${before}:`)
}
