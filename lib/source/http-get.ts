/**
 * httpGet: a GET over node:http, up to the head of the answer.
 */
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'

/**
 * Resolves with the answer, whatever its status. The caller reads or destroys its body.
 *
 * @throws the error of the socket, or an AbortError; the body throws the same where it is cut off
 */
export async function httpGet(
  url: URL,
  options: https.RequestOptions,
): Promise<http.IncomingMessage> {
  const { request } = url.protocol === 'https:' ? https : http
  const sent = request(url, options)
  // What happens after the head is told by the response; without a listener the request would throw it too.
  sent.on('error', () => {})
  sent.end()
  const [response] = (await once(sent, 'response')) as [http.IncomingMessage]
  return response
}
