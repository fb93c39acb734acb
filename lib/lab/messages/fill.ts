/**
 * fill: a message with its values in the places that it has for them: `{count} requests`. Pure.
 */

/** @throws {Error} where a place has no value: a message that asks for what nobody says is a fault of ours */
export function fill(
  message: string,
  values: Readonly<Record<string, string | number>> = {},
): string {
  return message.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`${message}: nothing is known of {${name}}`)
    return String(value)
  })
}
