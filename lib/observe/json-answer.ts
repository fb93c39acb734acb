/** JSONAnswer: what a JSONServer says to one request. */

export interface JSONAnswer {
  /** Of HTTP. */
  readonly status: number
  /** JSON text. */
  readonly body: string
  /** Besides those that every answer has. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Returns an answer whose body is `value` on a line. */
export function jsonAnswer(status: number, value: object): JSONAnswer {
  return { status, body: `${JSON.stringify(value)}\n` }
}

/** Returns the answer for a path that is none of `paths`. */
export function notFound(path: string, paths: Iterable<string>): JSONAnswer {
  return jsonAnswer(404, { error: `there is no ${path}`, paths: [...paths] })
}
