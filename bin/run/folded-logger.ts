/**
 * foldedLogger: a logger in front of another one, that says a fault once and then how often it came again.
 *
 * Only warnings and errors: a fault that comes at every connection would bury all else, while each of the other lines
 * is a step that was made.
 */
import type { LogFields, Logger } from '../../lib/index.ts'

export interface FoldedLogger extends Logger {
  /** Says now what is still to be said. */
  flush(): void
}

export interface FoldedLoggerOptions {
  /** For how long the same line is not said again, in ms. Default 10,000. */
  readonly periodMs?: number
  /** Default `setTimeout`, which does not keep the process. */
  readonly after?: (ms: number, run: () => void) => void
}

interface Folded {
  readonly level: 'warn' | 'error'
  fields: LogFields
  readonly message: string
  count: number
}

/** Different lines that are remembered; beyond, they are said as they come. */
const most = 1000

/** The same line is one of the same event, ServicePort, level and message. */
export function foldedLogger(
  logger: Logger,
  { periodMs = 10_000, after = afterwards }: FoldedLoggerOptions = {},
): FoldedLogger {
  const lines = new Map<string, Folded>()

  const sayRepeats = ({ level, fields, message, count }: Folded): void => {
    if (count > 0) logger[level]({ ...fields, repeated: count }, repeatedText(message, count))
  }
  /** A line that came again is not forgotten yet: while a fault lasts, there is one line a period. */
  const endPeriod = (key: string, line: Folded): void => {
    sayRepeats(line)
    if (line.count > 0) after(periodMs, () => endPeriod(key, line))
    else lines.delete(key)
    line.count = 0
  }
  const fold = (level: Folded['level']) => (fields: LogFields, message: string) => {
    const key = JSON.stringify([level, fields.event, fields.servicePort, message])
    const known = lines.get(key)
    if (known !== undefined) {
      known.count++
      known.fields = fields
      return
    }
    logger[level](fields, message)
    if (lines.size >= most) return
    const line: Folded = { level, fields, message, count: 0 }
    lines.set(key, line)
    after(periodMs, () => endPeriod(key, line))
  }

  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: fold('warn'),
    error: fold('error'),
    flush: () => {
      for (const line of lines.values()) {
        sayRepeats(line)
        line.count = 0
      }
    },
  }
}

function repeatedText(message: string, count: number): string {
  return `${message} (repeated ${count === 1 ? 'once' : `${count} times`})`
}

function afterwards(ms: number, run: () => void): void {
  setTimeout(run, ms).unref()
}
