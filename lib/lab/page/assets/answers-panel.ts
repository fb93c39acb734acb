/**
 * AnswersPanel: who has answered, as bars that stand in a table, so that one needs no other; and what was to be
 * expected.
 */
import type { PageTopics } from '../page-topics.ts'
import { element, setText } from './element.ts'
import type { Language } from './language.ts'
import type { Panel } from './panel.ts'
import { badge, note, panelHead, showTruth } from './panel.ts'
import type { AnswerView, Expectation } from './view/answer-view.ts'
import { answerView } from './view/answer-view.ts'

export class AnswersPanel implements Panel {
  readonly uses = ['description', 'sides', 'tallies', 'traffic'] as const
  readonly #sides = [new AnswerSide(), new AnswerSide()]

  constructor() {
    const { root } = panelHead('answers')
    root.append(
      note('answers.why'),
      element('div', { class: 'sides' }, ...this.#sides.map(({ root }) => root)),
    )
  }

  show(topics: PageTopics, language: Language): void {
    const views = topics.sides.map((state, i) => {
      const tally = topics.tallies[i]
      if (tally === undefined) return undefined
      return answerView({
        description: topics.description,
        state,
        tally,
        client: topics.traffic.client,
      })
    })
    // Bars of both sides are on one scale.
    const longest = Math.max(
      ...views.flatMap((view) => [
        ...(view?.rows ?? []).map(({ count }) => count),
        view?.failed ?? 0,
      ]),
      1,
    )
    for (const [i, side] of this.#sides.entries()) {
      const view = views[i]
      side.root.hidden = view === undefined
      if (view !== undefined) side.show(view, topics, { index: i, longest, language })
    }
  }
}

interface Showing {
  readonly index: number
  readonly longest: number
  readonly language: Language
}

class AnswerSide {
  readonly root = element('div', { class: 'side' })
  readonly #mode = element('strong')
  readonly #badge = badge()
  readonly #sent = element('span', { class: 'count' })
  readonly #head = ['pod', '', 'count', 'share', 'open'].map((key) =>
    key === '' ? element('td') : element('th', { scope: 'col', 'data-t': key }),
  )
  readonly #body = element('tbody')
  readonly #rows = new Map<string, BarRow>()
  readonly #expectation = element('p')
  readonly #facts = element('p', { class: 'facts' })

  constructor() {
    const table = element(
      'table',
      { class: 'bars' },
      element('thead', {}, element('tr', {}, ...this.#head)),
      this.#body,
    )
    this.root.append(
      element('h3', {}, this.#mode, this.#badge, this.#sent),
      table,
      this.#expectation,
      this.#facts,
    )
  }

  show(view: AnswerView, topics: PageTopics, { index, longest, language }: Showing): void {
    const { carriage } = topics.sides[index] as PageTopics['sides'][number]
    const tally = topics.tallies[index] as PageTopics['tallies'][number]
    setText(this.#mode, language.text(`mode.${carriage.mode}`))
    showTruth(this.#badge, carriage.truth, language)
    setText(this.#sent, language.text('sent', { count: language.number(tally.sent) }))
    const { expectation } = view
    const band = expectation.kind === 'fair' ? expectation : undefined
    for (const { pod, count, share, open, isUsable } of view.rows) {
      const row = this.#row(pod)
      row.show({ name: pod, count, share, open: String(open) }, longest, language)
      row.showBand(isUsable ? band : undefined, longest)
    }
    const failed = this.#row('failed')
    const share = view.failed / Math.max(tally.sent, 1)
    failed.show(
      { name: language.text('noAnswer'), count: view.failed, share, open: '' },
      longest,
      language,
    )
    failed.showBand(undefined, longest)
    setText(this.#expectation, expectationText(expectation, language))
    setText(this.#facts, factsOf(view, tally.seenClient, tally.retried, language))
  }

  #row(name: string): BarRow {
    const known = this.#rows.get(name)
    if (known !== undefined) return known
    const row = new BarRow(name)
    this.#rows.set(name, row)
    this.#body.append(row.root)
    return row
  }
}

interface BarValues {
  readonly name: string
  readonly count: number
  readonly share: number
  readonly open: string
}

class BarRow {
  readonly root = element('tr')
  readonly #name = element('th', { scope: 'row' })
  readonly #bar = element('span', { class: 'bar' })
  readonly #band = element('span', { class: 'band' })
  readonly #texts = [element('td'), element('td'), element('td')] as const

  constructor(name: string) {
    this.root.dataset['row'] = name
    const track = element('span', { class: 'track', 'aria-hidden': 'true' }, this.#bar, this.#band)
    this.root.append(this.#name, element('td', { class: 'chart' }, track), ...this.#texts)
  }

  show({ name, count, share, open }: BarValues, longest: number, language: Language): void {
    setText(this.#name, name)
    this.#bar.style.width = `${(count / longest) * 100}%`
    const [countCell, shareCell, openCell] = this.#texts
    setText(countCell, language.number(count))
    setText(shareCell, language.share(share))
    setText(openCell, open)
  }

  showBand(band: { expected: number; margin: number } | undefined, longest: number): void {
    this.#band.hidden = band === undefined
    if (band === undefined) return
    const from = Math.max(band.expected - band.margin, 0) / longest
    const to = Math.min((band.expected + band.margin) / longest, 1)
    this.#band.style.left = `${from * 100}%`
    this.#band.style.width = `${(to - from) * 100}%`
  }
}

function expectationText(expectation: Expectation, language: Language): string {
  if (expectation.kind === 'inTurn') {
    const expected = language.number(Math.round(expectation.expected))
    return language.text('expected.inTurn', { expected })
  }
  if (expectation.kind !== 'fair') return language.text(`expected.${expectation.kind}`)
  const { expected, margin, p } = expectation
  const fair = language.text('expected', {
    expected: language.number(Math.round(expected)),
    margin: language.number(Math.ceil(margin)),
  })
  if (p === undefined) return fair
  const verdict = language.text(p < 0.01 ? 'expected.notChance' : 'expected.chance')
  const value = p < 0.001 ? '< 0.001' : p.toFixed(p < 0.01 ? 3 : 2)
  return `${fair} ${language.text('expected.p', { p: value, verdict })}`
}

function factsOf(view: AnswerView, seen: string, retried: number, language: Language): string {
  const facts = view.outcomes.map(([outcome, count]) =>
    language.text(`outcome.${outcome}`, { count: language.number(count) }),
  )
  if (retried > 0) facts.push(language.text('retried', { count: language.number(retried) }))
  if (seen !== '') {
    const whose = view.seen === '' ? '' : ` ${language.text(`seen.${view.seen}`)}`
    facts.push(language.text('seen', { address: seen }) + whose)
  }
  return facts.join(' · ')
}
