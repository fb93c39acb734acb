/** warnOnce: a sync runs again and again, its warnings are said once. */

/** Returns a function that passes each message on the first time only. */
export function warnOnce(warn: (message: string) => void = () => {}): (message: string) => void {
  const said = new Set<string>()
  return (message) => {
    if (!said.has(message)) warn(message)
    said.add(message)
  }
}
