/**
 * Why a connection or UDP flow failed or ended: the words that counters, `get` and logs use, each with its meaning.
 */

/** A connection that never reached an endpoint. */
export const failureReasons = Object.freeze({
  'no-endpoint': 'The ServicePort has no usable endpoint for this way of entry.',
  'source-range': 'The client is in none of the loadBalancerSourceRanges.',
  'dial-failed': 'No endpoint answered within its dial timeout, or all refused.',
  descriptors: 'The limit of open file descriptors is reached; no endpoint is blamed.',
  'local-fault': 'This machine could not dial (no free port, no buffers); no endpoint is blamed.',
  loop: 'The only endpoints left are proxy sockets of this process.',
  'client-gone': 'The client was gone before an endpoint was reached.',
  shutdown: 'The proxy was closing.',
})

/** A connection that reached an endpoint and is over. */
export const closeReasons = Object.freeze({
  ended: 'Both sides ended it in order.',
  'client-reset': 'The client reset it.',
  'endpoint-reset': 'The endpoint reset it.',
  'half-close-timeout': 'One side had ended and no byte moved for halfCloseTimeoutMs.',
  'stall-timeout': 'The receiver took no byte for stallTimeoutMs.',
  'grace-over': 'The proxy was closing and the grace time was over.',
  idle: 'UDP: no datagram either way for udpTimeoutMs.',
  evicted: 'UDP: it was idle for longest when room for a new flow was needed.',
  'endpoint-refused': 'UDP: the endpoint answered that nothing listens there (ICMP).',
  'endpoint-removed': 'UDP: the endpoint is no longer usable.',
  'listener-closed':
    'UDP: its listener was closed, because the Service went or the proxy is closing.',
  'worker-lost': 'The worker thread that had it was lost; another one takes its place.',
})

export type FailureReason = keyof typeof failureReasons
export type CloseReason = keyof typeof closeReasons

/**
 * The reason for a dial that ended with this error code. A fault of this machine never counts against an endpoint: one
 * that was blamed for our empty descriptor table would be deferred while it is well.
 */
export function dialFailure(code: string | undefined): FailureReason {
  return localFaults.get(code) ?? 'dial-failed'
}

const localFaults: ReadonlyMap<string | undefined, FailureReason> = new Map([
  ['EMFILE', 'descriptors'],
  ['ENFILE', 'descriptors'],
  ['EADDRNOTAVAIL', 'local-fault'],
  ['ENOBUFS', 'local-fault'],
  ['ENOMEM', 'local-fault'],
  ['EAGAIN', 'local-fault'],
])

/** Whether it is the reason of a connection that had reached an endpoint. */
export function isCloseReason(reason: CloseReason | FailureReason): reason is CloseReason {
  return Object.hasOwn(closeReasons, reason)
}
