/**
 * readConfiguration: the file behind `--config`.
 *
 * The file edge only; what a text means is told in parse-configuration.
 */
import { createReadStream } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { CommandError } from '../command-error.ts'
import type { Configuration } from './parse-configuration.ts'
import { parseConfiguration } from './parse-configuration.ts'

/** A ConfigMap, where most of these files live, holds no more. */
const maxLength = 1024 * 1024

/**
 * Reads a KubeProxyConfiguration. A pipe will do.
 *
 * @throws {CommandError} where the file cannot be read
 * @throws {ProxyError} ERR_INVALID_OPTION with a line for each error in it
 */
export async function readConfiguration(path: string): Promise<Configuration> {
  const bytes = await readStart(path)
  if (bytes.length > maxLength) {
    throw unreadable(path, 'is longer than 1 MiB; a shorter file would be right')
  }
  return parseConfiguration(bytes, path)
}

/** At most one byte more than is allowed: a device may have no end. */
async function readStart(path: string): Promise<Uint8Array> {
  try {
    return await buffer(createReadStream(path, { end: maxLength }))
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException
    throw unreadable(path, `cannot be read: ${code}`, error)
  }
}

function unreadable(path: string, what: string, cause?: unknown): CommandError {
  return new CommandError(`--config ${path} ${what}`, { exitCode: 2, cause })
}
