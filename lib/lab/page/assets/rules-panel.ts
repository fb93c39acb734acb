/**
 * RulesPanel: the rules in the order in which they are asked, with their counters, and which of them have matched.
 */
import type { PageTopics } from '../page-topics.ts'
import { element, setAttribute, setText } from './element.ts'
import type { Language } from './language.ts'
import type { Panel } from './panel.ts'
import { badge, panelHead, scrollable, showTruth } from './panel.ts'
import type { RuleRow } from './view/rule-view.ts'
import { ruleView } from './view/rule-view.ts'

export class RulesPanel implements Panel {
  readonly uses = ['sides', 'rules', 'traces'] as const
  readonly #filter = element('input', { type: 'search', id: 'filter', autocomplete: 'off' })
  readonly #sides = [new RuleSide(), new RuleSide()]
  #shown: readonly [PageTopics, Language] | undefined

  constructor() {
    const { root, tools } = panelHead('rules')
    tools.append(element('label', {}, element('span', { 'data-t': 'rules.filter' }), this.#filter))
    root.append(element('div', { class: 'sides' }, ...this.#sides.map(({ root }) => root)))
    this.#filter.addEventListener('input', () => {
      if (this.#shown !== undefined) this.show(...this.#shown)
    })
  }

  show(topics: PageTopics, language: Language): void {
    this.#shown = [topics, language]
    for (const [i, side] of this.#sides.entries()) {
      side.root.hidden = topics.sides[i] === undefined
      if (!side.root.hidden) side.show(topics, { index: i, filter: this.#filter.value, language })
    }
  }
}

interface Showing {
  readonly index: number
  readonly filter: string
  readonly language: Language
}

class RuleSide {
  readonly root = element('div', { class: 'side' })
  readonly #mode = element('strong')
  readonly #badge = badge()
  readonly #counts = element('span', { class: 'count' })
  readonly #head = ['', 'rules.packets', 'rules.text'].map((key) =>
    key === '' ? element('td') : element('th', { scope: 'col', 'data-t': key }),
  )
  readonly #body = element('tbody')
  readonly #table = element(
    'table',
    { class: 'rules' },
    element('thead', {}, element('tr', {}, ...this.#head)),
    this.#body,
  )
  readonly #scroll = scrollable(this.#table)
  readonly #note = element('p', { class: 'note' })

  constructor() {
    this.root.append(
      element('h3', {}, this.#mode, this.#badge, this.#counts),
      this.#scroll,
      this.#note,
    )
  }

  show({ sides, rules, traces }: PageTopics, { index, filter, language }: Showing): void {
    const { carriage } = sides[index] as PageTopics['sides'][number]
    const table = rules[index] ?? { lines: [], leftOut: 0 }
    const mode = language.text(`mode.${carriage.mode}`)
    setText(this.#mode, mode)
    showTruth(this.#badge, carriage.truth, language)
    setText(this.#counts, countsText(carriage, language))
    setAttribute(this.#scroll, 'aria-label', language.text('rules.of', { mode }))
    const traced = new Set((traces[index]?.steps ?? []).map(({ rule }) => rule).filter(Boolean))
    const rows = ruleView(table, { filter, traced })
    this.#scroll.hidden = rows.length === 0
    while (this.#body.rows.length > rows.length) this.#body.deleteRow(-1)
    for (const [i, row] of rows.entries())
      fillRow(this.#body.rows[i] ?? addRow(this.#body), row, language)
    setText(this.#note, noteText(table, rows, language))
  }
}

function countsText(carriage: PageTopics['sides'][number]['carriage'], language: Language): string {
  const { ruleCount, serviceRuleCount, walkedRuleCount } = carriage
  const counts = language.text('rules.count', {
    all: language.number(ruleCount),
    own: language.number(serviceRuleCount),
  })
  if (walkedRuleCount === undefined) return counts
  return `${counts} · ${language.text('rules.walked', { count: language.number(walkedRuleCount) })}`
}

function noteText(
  table: PageTopics['rules'][number],
  rows: readonly RuleRow[],
  language: Language,
): string {
  if (table.lines.length === 0) return language.text('rules.none')
  if (rows.length === 0) return language.text('rules.noMatch')
  return table.leftOut === 0
    ? ''
    : language.text('rules.leftOut', { count: language.number(table.leftOut) })
}

function addRow(body: HTMLTableSectionElement): HTMLTableRowElement {
  const rule = element('td', {}, element('span', { class: 'chain' }), ' ', element('code'))
  const row = element('tr', {}, element('td'), element('td'), rule)
  body.append(row)
  return row
}

type Cells = [HTMLTableCellElement, HTMLTableCellElement, HTMLTableCellElement]

function fillRow(row: HTMLTableRowElement, rule: RuleRow, language: Language): void {
  const [mark, packets, text] = [...row.cells] as Cells
  row.classList.toggle('matched', rule.isMatched)
  row.classList.toggle('own', rule.isOfService)
  if (rule.isMatched !== mark.childNodes.length > 0) {
    mark.replaceChildren(
      ...(rule.isMatched
        ? [element('span', { 'aria-hidden': 'true' }, '>'), element('span', { class: 'unseen' })]
        : []),
    )
  }
  if (rule.isMatched) setText(mark.lastChild as Node, language.text('rules.matched'))
  setText(packets, rule.packets)
  setText(text.firstChild as Node, rule.chain)
  setText(text.lastChild as Node, rule.text)
}
