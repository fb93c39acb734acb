/**
 * Watchdog: ends one request when what it waits for does not come, or when everything ends.
 */

export class Watchdog {
  readonly #parent: AbortSignal
  readonly #controller = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #hasBitten = false

  /** @param parent ends the request too */
  constructor(parent: AbortSignal) {
    this.#parent = parent
    if (parent.aborted) this.#follow()
    else parent.addEventListener('abort', this.#follow)
  }

  /** To be given to the request. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Whether it was this one that ended the request. */
  get hasBitten(): boolean {
    return this.#hasBitten
  }

  /** Something has come. The next thing has to come, or `end` be called, within `ms`. */
  expect(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#hasBitten = true
      this.#controller.abort(new Error(`nothing was heard for ${ms / 1000} s`))
    }, ms)
  }

  /** The request is over. Leaves no timer and no listener. */
  end(): void {
    clearTimeout(this.#timer)
    this.#parent.removeEventListener('abort', this.#follow)
  }

  readonly #follow = (): void => this.#controller.abort(this.#parent.reason)
}

/** Makes one request that has to be answered within `ms`. */
export async function withinMs<Answer>(
  ms: number,
  parent: AbortSignal,
  request: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const watchdog = new Watchdog(parent)
  watchdog.expect(ms)
  try {
    return await request(watchdog.signal)
  } finally {
    watchdog.end()
  }
}
