/**
 * The one error class, and the one table of its codes.
 *
 * A code is stable and meant for programs; the message is meant for people and says what was attempted, on what,
 * and what would be right. Node's own error is kept as `cause`, never flattened to text.
 */

/** Every code a `ProxyError` can carry, with the sentence that lib/README.md repeats. */
export const errorCodes = Object.freeze({
  ERR_INVALID_OPTION: 'An option has an unknown name, a wrong type or a value out of range.',
  ERR_INVALID_OBJECT:
    'A Service, EndpointSlice, Endpoints or Node object breaks a rule of the Kubernetes API.',
  ERR_INVALID_MANIFEST: 'A manifest file cannot be read or parsed, or holds an invalid object.',
  ERR_SOURCE: 'The source of Services cannot be read.',
  ERR_LISTEN: 'A proxy socket cannot listen on the address it should; it is tried again.',
  ERR_PORT_RANGE_EXHAUSTED: 'No port of the proxy port range is free.',
  ERR_PORTAL: 'The addresses that clients dial could not be made to reach the proxy sockets.',
  ERR_LOAD_BALANCER: 'A load balancer that was passed in has thrown; another one answers for it.',
  ERR_WORKER: 'A worker thread was lost, with its connections; another one takes its place.',
  ERR_CONNECTION_LOG: 'The connection log cannot be opened.',
  ERR_MISSING_SERVICE: 'A Service was asked for that is not there, or is not proxied.',
  ERR_UNSUPPORTED: 'This machine, or this level of the lab, cannot do what was asked.',
  ERR_LAB: 'The lab could not be set up, or something in it has failed.',
  ERR_CLOSED: 'The Proxier was used after close().',
})

export type ErrorCode = keyof typeof errorCodes

export interface ProxyErrorContext {
  /** `namespace/name:port`, where the fault belongs to one ServicePort. */
  servicePort?: string
  /** `file:line:column`, where the fault was read from a file. */
  location?: string
  /** The reason of the Event that tells a cluster of it, see `eventReasons`. */
  reason?: 'NoRights' | 'NodePortInEphemeralRange' | undefined
  cause?: unknown
}

/**
 * The only error this library throws or emits.
 *
 * Faults of single connections are not errors but events with a reason; see `failureReasons` in relay/connection-stats.
 */
export class ProxyError extends Error {
  readonly code: ErrorCode
  readonly servicePort: string | undefined
  readonly location: string | undefined
  readonly reason: ProxyErrorContext['reason']

  constructor(code: ErrorCode, message: string, context: ProxyErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause })
    this.name = 'ProxyError'
    this.code = code
    this.servicePort = context.servicePort
    this.location = context.location
    this.reason = context.reason
  }
}
