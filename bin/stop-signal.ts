/**
 * The signals that end a command: the first one is asked for, the second ends the process at once.
 */

/**
 * `npm start` passes on the SIGINT that the terminal has already sent to every process in the foreground, so that one
 * Ctrl-C arrives twice. Nobody presses a key twice in so short a time, in ms.
 */
const sameKeyPressMs = 250

/** Resolves at the first SIGINT or SIGTERM. From then on another one is exit code 1, whatever is still open. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstAt: number | undefined
    const onSignal = (signal: NodeJS.Signals): void => {
      const now = performance.now()
      if (firstAt === undefined) {
        firstAt = now
        // Keeps the process, and with it this handler, until the same key press cannot arrive once more.
        setTimeout(() => {}, sameKeyPressMs)
        resolve(signal)
      } else if (now - firstAt > sameKeyPressMs) {
        process.exit(1)
      }
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}
