/**
 * Panel: a part of the page that shows some of the topics; and the head that all panels have.
 */
import type { Truth } from '../../lab.ts'
import type { PageTopics, TopicName } from '../page-topics.ts'
import { button, byId, element, setAttribute, setText } from './element.ts'
import type { Language, MessageKey } from './language.ts'

export interface Panel {
  /** What it shows. */
  readonly uses: readonly TopicName[]
  /** Called with all topics whenever one of those that it uses has changed, and when the language has. */
  show(topics: PageTopics, language: Language): void
}

/** The heading, with a word on what is shown, and places for what belongs to the panel as a whole. */
export function panelHead(id: string): { root: HTMLElement; tools: HTMLElement } {
  const root = byId(id)
  const title = element('h2', { id: `${id}-title`, 'data-t': id })
  const tools = element('div', { class: 'tools' })
  root.append(element('header', {}, title, tools))
  return { root, tools }
}

export function note(key: MessageKey): HTMLElement {
  return element('p', { class: 'note', 'data-t': key })
}

export function badge(): HTMLElement {
  return element('span', { class: 'badge' })
}

/** The word says it; the line around it only repeats it. */
export function showTruth(node: HTMLElement, truth: Truth, language: Language): void {
  setText(node, language.text(truth))
  setAttribute(node, 'data-truth', truth)
}

export interface Twins {
  readonly toggle: HTMLButtonElement
  readonly chart: HTMLElement
  readonly table: HTMLElement
  isTable(): boolean
}

/** What may be wider or higher than its place, and can be scrolled by keyboard. */
export function scrollable(child: HTMLElement): HTMLElement {
  return element('div', { class: 'scroll', tabindex: '0', role: 'region' }, child)
}

/** A chart and the table that says the same. `onChange` is called when the other one is to be seen. */
export function twins(
  id: string,
  { chart, table }: Pick<Twins, 'chart' | 'table'>,
  onChange: () => void,
): Twins {
  const toggle = button()
  toggle.id = `${id}-table`
  toggle.setAttribute('aria-labelledby', `${id}-table ${id}-title`)
  table.hidden = true
  toggle.dataset['t'] = 'table'
  toggle.setAttribute('aria-pressed', 'false')
  toggle.addEventListener('click', () => {
    table.hidden = !table.hidden
    chart.hidden = !table.hidden
    toggle.setAttribute('aria-pressed', String(!table.hidden))
    onChange()
  })
  return { toggle, chart, table, isTable: () => !table.hidden }
}

/** A table of texts, whose rows are replaced only where they differ. */
export function fillTable(
  table: HTMLTableElement,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const text = JSON.stringify([head, rows])
  if (table.dataset['shown'] === text) return
  table.dataset['shown'] = text
  table.replaceChildren(
    element(
      'thead',
      {},
      element('tr', {}, ...head.map((text) => element('th', { scope: 'col' }, text))),
    ),
    element(
      'tbody',
      {},
      ...rows.map((row) => element('tr', {}, ...row.map((text) => element('td', {}, text)))),
    ),
  )
}
