/**
 * unsupported: the error for what loopback cannot do, with the levels that can.
 */
import { ProxyError } from '../../index.ts'

export function unsupported(what: string): ProxyError {
  return new ProxyError(
    'ERR_UNSUPPORTED',
    `${what}; levels rootless and root, which have network namespaces, can do it`,
  )
}
