/**
 * LabKeys: the keys that do something to the lab while its terminal is looked at, and what is printed of it.
 */
import type { LabMode, LabSession, Language } from '../../lib/lab/index.ts'
import { labModes, pageText, podNames } from '../../lib/lab/index.ts'

export interface LabKeysOptions {
  readonly session: LabSession
  readonly language: Language
  readonly print: (text: string) => void
}

/** A dozen shows who answers, and whether one in three does not. */
const requests = 12

export class LabKeys {
  readonly #options: LabKeysOptions

  constructor(options: LabKeysOptions) {
    this.#options = options
  }

  /** Returns whether the key is one that ends the lab. */
  press(key: string): boolean {
    // A terminal that hands over single keys hands over Ctrl-C and Ctrl-D too.
    if (['q', '\u0003', '\u0004'].includes(key)) return true
    if (key === 'm') void this.#do(() => this.#nextMode())
    if (key === 'k') void this.#do(() => this.#kill())
    if (key === 'r') void this.#do(() => this.#revive())
    return false
  }

  async #do(act: () => Promise<void>): Promise<void> {
    const { session, print } = this.#options
    try {
      await act()
      await session.do({ name: 'send', count: requests })
      print(this.#line())
    } catch (error) {
      print(`error: ${(error as Error).message}`)
    }
  }

  #nextMode(): Promise<void> {
    const { session } = this.#options
    const { carriage } = session.state
    const mode = labModes[(labModes.indexOf(carriage.mode) + 1) % labModes.length] as LabMode
    return session.do({ name: 'mode', side: 0, mode })
  }

  #kill(): Promise<void> {
    return this.#options.session.do({ name: 'condition', pod: 'pod-2', condition: 'killed' })
  }

  async #revive(): Promise<void> {
    for (const pod of podNames) {
      await this.#options.session.do({ name: 'condition', pod, condition: 'running' })
    }
  }

  #line(): string {
    const { session, language } = this.#options
    const { carriage } = session.state
    const { sent, answered, failed, retried } = session.tally
    const answers = [
      ...podNames.map((pod) => `${pod} ${answered[pod]}`),
      ...Object.entries(failed).flatMap(([outcome, count]) => {
        const key = `outcome.${outcome as keyof typeof failed}` as const
        return count === 0 ? [] : [pageText(language, key, { count })]
      }),
      ...(retried === 0 ? [] : [pageText(language, 'retried', { count: retried })]),
    ]
    return pageText(language, 'terminal.asked', {
      mode: carriage.mode,
      truth: carriage.truth,
      sent,
      answers: answers.join(', '),
    })
  }
}
