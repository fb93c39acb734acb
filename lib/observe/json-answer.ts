/** JSONAnswer: what a JSONServer says to one request. Here and there it is plain text, because others have it so. */

export interface JSONAnswer {
  /** Of HTTP. */
  readonly status: number
  /** JSON text, unless the headers say another type. */
  readonly body: string
  /** Besides those that every answer has. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Returns an answer whose body is `value` on a line. */
export function jsonAnswer(status: number, value: object): JSONAnswer {
  return { status, body: `${JSON.stringify(value)}\n` }
}

/** Returns an answer of plain text. */
export function textAnswer(body: string, type = 'text/plain; charset=utf-8'): JSONAnswer {
  return { status: 200, body, headers: { 'content-type': type } }
}

/** Returns the answer for a path that is none of `paths`. */
export function notFound(path: string, paths: Iterable<string>): JSONAnswer {
  return jsonAnswer(404, { error: `there is no ${path}`, paths: [...paths] })
}
