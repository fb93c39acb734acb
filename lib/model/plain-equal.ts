/**
 * Equality of plain data: what structured clone carries, without cycles, Maps or class instances.
 *
 * Walks whatever fields there are, so that a field added to a ServicePort or an Endpoint later is compared without
 * anyone having to remember it here. Parts that are the same object cost one comparison.
 */

/** Whether `a` and `b` hold the same plain data. An absent field and one that is `undefined` are not the same. */
export function plainEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (!isComposite(a) || !isComposite(b)) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && plainEqual(a[key], b[key]))
  )
}

function isComposite(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
