/**
 * refusalOf: why a request is none of the page's own. Pure.
 *
 * The lab listens on 127.0.0.1, but any site that is open in the same browser can send requests there. So it must be
 * this server that was meant (a name that was pointed at 127.0.0.1 is not), no other site may have sent it, and what
 * changes something carries a header that other sites cannot add without being asked first.
 */
import type { IncomingHttpHeaders } from 'node:http'

export const pageHeader = 'x-userspace-proxy-lab'

export interface GuardedRequest {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  /** That the server listens on. */
  readonly port: number
}

/** Returns '' where nothing is wrong. */
export function refusalOf({ method, headers, port }: GuardedRequest): string {
  const { host = '', origin } = headers
  const hosts = ['127.0.0.1', 'localhost'].map((name) => `${name}:${port}`)
  if (!hosts.includes(host)) return `the host ${host} is not meant`
  if (origin !== undefined && origin !== `http://${host}`) return `the origin ${origin} may not ask`
  if (headers['sec-fetch-site'] === 'cross-site') return 'another site may not ask'
  if (method === 'POST' && headers[pageHeader] !== '1') return `there is no header ${pageHeader}: 1`
  return ''
}
