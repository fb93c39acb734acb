/**
 * fillIn: a message with its placeholders filled in: `{count} refused`. Pure.
 */
export type Parameters = Readonly<Record<string, string | number>>

export function fillIn(message: string, parameters: Parameters = {}): string {
  return message.replaceAll(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = parameters[name]
    return value === undefined ? placeholder : String(value)
  })
}
