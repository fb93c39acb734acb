/**
 * EnterKey: waits until somebody presses Enter, as long as there is anybody: at the end of the input nobody is.
 */
import { once } from 'node:events'
import type { Interface } from 'node:readline/promises'
import { createInterface } from 'node:readline/promises'

export class EnterKey {
  #lines: Interface | undefined
  #end: Promise<unknown> | undefined

  /** The prompt is for people, and not part of what is printed. */
  async pressed(prompt: string, signal: AbortSignal): Promise<void> {
    this.#lines ??= createInterface({ input: process.stdin, output: process.stderr })
    this.#end ??= once(this.#lines, 'close')
    const asked = this.#lines.question(prompt, { signal })
    await Promise.race([asked, this.#end]).catch(() => {})
  }

  close(): void {
    this.#lines?.close()
  }
}
