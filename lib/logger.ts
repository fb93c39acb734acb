/** Logger: the four methods this library calls; a pino logger is one. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

const silence = (): void => {}

/** The default: a library says nothing unless it is asked to. */
export const silentLogger: Logger = Object.freeze({
  debug: silence,
  info: silence,
  warn: silence,
  error: silence,
})
