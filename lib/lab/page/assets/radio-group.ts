/**
 * RadioGroup: a choice of a few, side by side. The lab says which one is chosen; until it has, it is the one that was
 * picked here.
 */
import { element, setText } from './element.ts'

export interface RadioGroupOptions<Choice extends string> {
  readonly name: string
  readonly choices: readonly Choice[]
  readonly onPick: (choice: Choice) => Promise<boolean>
}

export class RadioGroup<Choice extends string> {
  readonly root = element('fieldset', { class: 'segments' })
  readonly #legend = element('legend')
  readonly #inputs = new Map<
    Choice,
    { input: HTMLInputElement; text: HTMLElement; hint: HTMLElement }
  >()
  #pending = 0

  constructor({ name, choices, onPick }: RadioGroupOptions<Choice>) {
    const row = element('div')
    for (const choice of choices) {
      const input = element('input', { type: 'radio', name, value: choice })
      const [text, hint] = [element('span'), element('small')]
      row.append(element('label', {}, input, text, hint))
      this.#inputs.set(choice, { input, text, hint })
      input.addEventListener('change', () => void this.#pick(onPick(choice)))
    }
    this.root.append(this.#legend, row)
  }

  show(
    legend: string,
    chosen: Choice,
    textOf: (choice: Choice) => string,
    hintOf?: (choice: Choice) => string,
  ): void {
    setText(this.#legend, legend)
    for (const [choice, { input, text, hint }] of this.#inputs) {
      setText(text, textOf(choice))
      setText(hint, hintOf?.(choice) ?? '')
      if (this.#pending === 0) input.checked = choice === chosen
    }
  }

  async #pick(done: Promise<boolean>): Promise<void> {
    this.#pending++
    this.root.setAttribute('aria-busy', 'true')
    await done
    if (--this.#pending === 0) this.root.removeAttribute('aria-busy')
  }
}
