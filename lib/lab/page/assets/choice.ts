/**
 * Choice: one of several, in a list that opens. The lab says which one is chosen; what it refuses is taken back.
 */
import { element, setText } from './element.ts'

export class Choice {
  readonly root: HTMLLabelElement
  readonly #select: HTMLSelectElement
  #chosen = ''

  /** @param id also that of the message that names it */
  constructor(id: string, onPick: (value: string) => Promise<boolean>) {
    this.#select = element('select', { id })
    this.root = element('label', {}, element('span', { 'data-t': id }), this.#select)
    this.#select.addEventListener('change', () => void this.#pick(onPick(this.#select.value)))
  }

  /** With one option there is nothing to choose. */
  show(options: readonly (readonly [value: string, text: string])[], chosen: string): void {
    const shown = [...this.#select.options].map(({ value }) => value)
    const areOthers = JSON.stringify(shown) !== JSON.stringify(options.map(([value]) => value))
    if (areOthers) {
      this.#select.replaceChildren(...options.map(([value]) => element('option', { value })))
    }
    for (const [i, [, text]] of options.entries()) {
      const option = this.#select.options[i]
      if (option !== undefined) setText(option, text)
    }
    this.#select.disabled = options.length < 2
    // Whoever looks through the list at this moment is not disturbed.
    if (areOthers || chosen !== this.#chosen) this.#select.value = chosen
    this.#chosen = chosen
  }

  async #pick(done: Promise<boolean>): Promise<void> {
    if (!(await done)) this.#select.value = this.#chosen
  }
}
