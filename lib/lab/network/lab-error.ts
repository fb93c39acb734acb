/**
 * labError: a ProxyError, made without the library where nothing has gone wrong: to load it takes as long as a pod needs to
 * start, and programs of the lab need it for nothing else.
 */
import type { ErrorCode, ProxyError } from '../../index.ts'

export async function labError(
  message: string,
  { code = 'ERR_LAB', cause }: { readonly code?: ErrorCode; readonly cause?: unknown } = {},
): Promise<ProxyError> {
  const { ProxyError } = await import('../../index.ts')
  return new ProxyError(code, message, { cause })
}
