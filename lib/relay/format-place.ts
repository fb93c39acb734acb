/** formatPlace: where a socket is or was, for people. */
import { formatHostPort } from '../address.ts'

/** `address:port`; `''` of a socket that was closed before anybody asked it. */
export function formatPlace(address: string | undefined, port: number | undefined): string {
  return address === undefined || port === undefined ? '' : formatHostPort(address, port)
}
