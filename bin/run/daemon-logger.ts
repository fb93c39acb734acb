/**
 * The log of the daemon, on standard error: JSON for collectors, plain lines for people at a terminal.
 */
import type { Logger } from '../../lib/index.ts'
import { ProxyError } from '../../lib/index.ts'
import type { LoggerOptions } from 'pino'
import type { FoldedLogger } from './folded-logger.ts'
import { foldedLogger } from './folded-logger.ts'

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Synchronous: what a process said before it ended must not be lost, and there is no line per connection. */
export async function daemonLogger(level: LogLevel): Promise<FoldedLogger> {
  const logger = foldedLogger(await plainLogger(level))
  process.once('exit', () => logger.flush())
  return logger
}

async function plainLogger(level: LogLevel): Promise<Logger> {
  // Loaded here, since no other command has a log.
  const { pino, stdTimeFunctions } = await import('pino')
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    serializers: { err: level === 'debug' ? pino.stdSerializers.err : describeError },
  }
  if (!process.stderr.isTTY) {
    const formatters = { level: (label: string) => ({ level: label }) }
    return pino({ ...options, formatters }, pino.destination({ fd: 2, sync: true }))
  }
  // Loaded only where there is somebody to be pleased by it.
  const { default: pretty } = await import('pino-pretty')
  const noColor = process.env['NO_COLOR']
  const isPlain = (noColor !== undefined && noColor !== '') || process.env['TERM'] === 'dumb'
  return pino(
    options,
    pretty({
      destination: 2,
      sync: true,
      colorize: !isPlain,
      translateTime: 'SYS:HH:MM:ss',
      hideObject: level !== 'debug',
      singleLine: level === 'debug',
    }),
  )
}

/** Without the stack, which is for those who debug this program and not for those who wrote a bad manifest. */
function describeError(error: unknown): object {
  if (!(error instanceof ProxyError)) return { message: String(error) }
  const { code, servicePort, location } = error
  return { code, servicePort, location }
}
