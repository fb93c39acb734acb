/** Logger: the four methods this library calls; a pino logger is one. */
export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

/** What a line says to programs. */
export interface LogFields {
  /** What has happened, a word of the table in lib/README.md. */
  readonly event: string
  /** `namespace/name:port`, where it concerns one. */
  readonly servicePort?: string | undefined
  readonly [field: string]: unknown
}

const silence = (): void => {}

/** The default: a library says nothing unless it is asked to. */
export const silentLogger: Logger = Object.freeze({
  debug: silence,
  info: silence,
  warn: silence,
  error: silence,
})
