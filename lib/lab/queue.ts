/**
 * Queue: runs one thing after the other, in the order in which they came. One that fails holds up nobody.
 */
export class Queue {
  #last: Promise<unknown> = Promise.resolve()

  run<Result>(task: () => Result | Promise<Result>): Promise<Result> {
    const result = this.#last.then(task)
    this.#last = result.catch(() => {})
    return result
  }
}
