/**
 * StatusError: what an API server answered instead of what it was asked for. Mirrors `StatusError` of client-go.
 *
 * An answer that is no Status object is one too: a load balancer in front of the API server may speak HTML.
 *
 * @see kubernetes v1.34 staging/src/k8s.io/apimachinery/pkg/api/errors/errors.go
 */
import { STATUS_CODES } from 'node:http'
import { printable } from '../model/printable.ts'

/** No server is believed that it will be away for longer; one that errs by a factor of 1000 must not stop us for days. */
const longestRetryAfterMs = 300_000

export interface StatusErrorOptions {
  /** HTTP status; where the body is a Status, its `code`. */
  readonly status: number
  /** The Status object, or anything else that came as the body. */
  readonly body?: unknown
  /** The header: seconds. */
  readonly retryAfter?: string | undefined
}

export class StatusError extends Error {
  /** 400 to 599 as a rule. 0 in a watch event that does not say. */
  readonly status: number
  /** For how long the server does not want to be asked again, in ms. */
  readonly retryAfterMs: number | undefined
  readonly #causes: readonly unknown[]

  constructor({ status, body, retryAfter }: StatusErrorOptions) {
    const { reason, message, details } = fields(body)
    const texts = [`${status} ${text(reason ?? STATUS_CODES[status])}`.trim(), text(message)]
    super(texts.filter((text) => text !== '').join(': '))
    this.name = 'StatusError'
    this.status = status
    const { retryAfterSeconds, causes } = fields(details)
    this.retryAfterMs = milliseconds(retryAfter) ?? milliseconds(retryAfterSeconds)
    this.#causes = Array.isArray(causes) ? causes : []
  }

  /** The error in the ERROR event of a watch. */
  static fromEvent(body: unknown): StatusError {
    const { code } = fields(body)
    return new StatusError({ status: typeof code === 'number' ? code : 0, body })
  }

  /** The version asked for is no longer known: 410, `Gone` or `Expired`. */
  get isExpired(): boolean {
    return this.status === 410
  }

  /** The version asked for is not yet known: another API server that is behind, or an etcd that was restored. */
  get isTooLargeVersion(): boolean {
    return this.#isCausedBy('ResourceVersionTooLarge')
  }

  /** A 403 that says nothing of rights: nothing can be created any more in a namespace that is being deleted. */
  get isNamespaceTerminating(): boolean {
    return this.#isCausedBy('NamespaceTerminating')
  }

  #isCausedBy(reason: string): boolean {
    return this.#causes.some((cause) => fields(cause)['reason'] === reason)
  }
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function text(value: unknown): string {
  return typeof value === 'string' ? printable(value, 400) : ''
}

function milliseconds(seconds: unknown): number | undefined {
  const isText = typeof seconds === 'string' && /^\d+$/.test(seconds)
  const number = isText ? Number(seconds) : seconds
  if (typeof number !== 'number') return undefined
  return Math.min(number * 1000, longestRetryAfterMs)
}
