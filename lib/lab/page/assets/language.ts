/**
 * Language: the messages of the page in the language that was chosen, and its way to write numbers.
 */
import type { PageMessages } from '../../messages/page/page-messages.ts'
import type { Parameters } from './view/fill-in.ts'
import { fillIn } from './view/fill-in.ts'

export type MessageKey = keyof PageMessages

export class Language {
  readonly name: string
  readonly #messages: PageMessages
  readonly #numbers: Intl.NumberFormat
  readonly #shares: Intl.NumberFormat
  readonly #times: Intl.DateTimeFormat

  constructor(name: string, messages: PageMessages) {
    this.name = name
    this.#messages = messages
    this.#numbers = new Intl.NumberFormat(name)
    this.#shares = new Intl.NumberFormat(name, { style: 'percent', minimumFractionDigits: 1 })
    this.#times = new Intl.DateTimeFormat(name, { timeStyle: 'medium', hour12: false })
  }

  static async load(name: string): Promise<Language> {
    const response = await fetch(`/assets/messages/${name}.json`)
    return new Language(name, (await response.json()) as PageMessages)
  }

  text(key: MessageKey, parameters?: Parameters): string {
    return fillIn(this.#messages[key], parameters)
  }

  /** Of a station, whose names a lab may add to: one without a message says its own name. */
  station(name: string): string {
    const key = `station.${name}`
    return key in this.#messages ? this.text(key as MessageKey) : name
  }

  number(value: number): string {
    return this.#numbers.format(value)
  }

  share(value: number): string {
    return this.#shares.format(value)
  }

  time(ms: number): string {
    return this.#times.format(ms)
  }

  /** Fills in what stands in the page itself. */
  apply(root: ParentNode): void {
    for (const node of root.querySelectorAll<HTMLElement>('[data-t]')) {
      node.textContent = this.text(node.dataset['t'] as MessageKey)
    }
  }
}
