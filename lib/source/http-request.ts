/**
 * httpRequest: a request over node:http, up to the head of the answer.
 */
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'

/**
 * Sends a GET, or what `options.method` says, with `body`. Resolves with the answer, whatever its status. The caller
 * reads or destroys the body of the answer.
 *
 * @throws the error of the socket, or an AbortError; the body throws the same where it is cut off
 */
export async function httpRequest(
  url: URL,
  options: https.RequestOptions,
  body?: string,
): Promise<http.IncomingMessage> {
  const { request } = url.protocol === 'https:' ? https : http
  const sent = request(url, options)
  // What happens after the head is told by the response; without a listener the request would throw it too.
  sent.on('error', () => {})
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [http.IncomingMessage]
  return response
}
