/**
 * LatencyPanel: a histogram for each mode that was used, all on the same scales, those that failed beside it.
 */
import type { LabMode } from '../../lab.ts'
import type { PageTopics } from '../page-topics.ts'
import { askLab } from './ask-lab.ts'
import { button, drawing, element, setAttribute, setText } from './element.ts'
import type { Language } from './language.ts'
import { modes } from './modes.ts'
import type { Panel } from './panel.ts'
import { badge, fillTable, note, panelHead, scrollable, showTruth, twins } from './panel.ts'
import type { LatencyRow } from './view/latency-view.ts'
import { axisTicks, latencyView } from './view/latency-view.ts'
import { roundedMs } from './view/rounded-ms.ts'

const height = 40

export class LatencyPanel implements Panel {
  readonly uses = ['latency', 'traffic'] as const
  readonly #badge = badge()
  readonly #why = element('p', { class: 'note' })
  readonly #none = note('latency.none')
  readonly #chart = element('div', { class: 'histograms' })
  readonly #table = element('table')
  readonly #rows = modes.map((mode) => new HistogramRow(mode))
  readonly #axis = axisTicks.map(() => element('span'))
  readonly #scale = note('latency.scale')
  readonly #twins = twins(
    'latency',
    { chart: this.#chart, table: scrollable(this.#table) },
    () => {},
  )

  constructor() {
    const { root, tools } = panelHead('latency')
    const clear = button()
    clear.dataset['t'] = 'clear'
    clear.addEventListener('click', () => void askLab({ name: 'clear' }))
    tools.append(this.#badge, this.#twins.toggle, clear)
    const axis = element('div', { class: 'axis', 'aria-hidden': 'true' }, ...this.#axis)
    this.#chart.append(...this.#rows.map(({ root }) => root), axis, this.#scale)
    root.append(this.#why, this.#none, this.#chart, this.#twins.table)
  }

  show({ latency, traffic }: PageTopics, language: Language): void {
    setText(this.#why, language.text(traffic.client === 'new' ? 'latency.new' : 'latency.held'))
    showTruth(this.#badge, 'REAL', language)
    const name = `${language.text('latency')}: ${language.text('table')}`
    setAttribute(this.#twins.table, 'aria-label', name)
    const rows = latencyView(latency.filter(({ answered, failed }) => answered + failed > 0))
    this.#none.hidden = rows.length > 0
    this.#chart.hidden = rows.length === 0 || this.#twins.isTable()
    for (const [i, { ms, at }] of axisTicks.entries()) {
      const tick = this.#axis[i]
      if (tick === undefined) continue
      setText(tick, language.number(ms))
      tick.style.left = `${at * 100}%`
    }
    for (const histogram of this.#rows) {
      const row = rows.find(({ mode }) => mode === histogram.mode)
      histogram.root.hidden = row === undefined
      if (row !== undefined) histogram.show(row, language)
    }
    if (this.#twins.isTable()) this.#fill(rows, language)
  }

  #fill(rows: readonly LatencyRow[], language: Language): void {
    const head = [
      language.text('mode'),
      'p50',
      'p90',
      'p99',
      language.text('count'),
      language.text('noAnswer'),
    ]
    fillTable(
      this.#table,
      head,
      rows.map(({ mode, percentiles, answered, failed }) => [
        language.text(`mode.${mode}`),
        ...(['p50', 'p90', 'p99'] as const).map((wanted) => {
          const found = percentiles.find(({ name }) => name === wanted)
          return found === undefined ? '–' : language.text('ms', { value: roundedMs(found.ms) })
        }),
        language.number(answered),
        language.number(failed),
      ]),
    )
  }
}

class HistogramRow {
  readonly mode: LabMode
  readonly root = element('figure', { class: 'histogram' })
  readonly #caption = element('figcaption')
  readonly #name = element('strong')
  readonly #text = element('span')
  readonly #count = element('span', { class: 'counts' })
  readonly #bars = drawing('path', { class: 'bars' })
  readonly #ticks = ['p50', 'p90', 'p99'].map((name) =>
    drawing('line', {
      class: name,
      y1: '0',
      y2: String(height),
      'vector-effect': 'non-scaling-stroke',
    }),
  )
  readonly #failedBar = element('span', { class: 'bar' })
  readonly #failedText = element('span', { class: 'failed-count' })

  constructor(mode: LabMode) {
    this.mode = mode
    this.root.dataset['mode'] = mode
    this.#caption.append(this.#name, this.#text, this.#count, this.#failedText)
    const chart = drawing('svg', { preserveAspectRatio: 'none', 'aria-hidden': 'true' }, this.#bars)
    chart.append(...this.#ticks)
    chart.setAttribute('viewBox', `0 0 480 ${height}`)
    const failed = element('span', { class: 'failed', 'aria-hidden': 'true' }, this.#failedBar)
    this.root.append(this.#caption, element('div', { class: 'plot' }, chart, failed))
  }

  show(
    { mode, bars, failedBar, percentiles, answered, failed }: LatencyRow,
    language: Language,
  ): void {
    setText(this.#name, language.text(`mode.${mode}`))
    const values = percentiles.map(({ name, ms }) => `${name} ${roundedMs(ms)}`)
    setText(
      this.#text,
      values.length === 0 ? '' : language.text('ms', { value: values.join('  ') }),
    )
    setText(this.#count, language.text('latency.count', { answered: language.number(answered) }))
    const failures = language.text('latency.failed', { count: language.number(failed) })
    setText(this.#failedText, failed === 0 ? '' : failures)
    const width = 480 / bars.length
    const path = bars
      .flatMap((bar, i) => {
        const top = (height - Math.max(bar * (height - 4), 1)).toFixed(1)
        return bar === 0 ? [] : [`M${i * width} ${height}V${top}h${width - 1}V${height}Z`]
      })
      .join('')
    setAttribute(this.#bars, 'd', path)
    for (const [i, tick] of this.#ticks.entries()) {
      const at = percentiles[i]?.at
      tick.toggleAttribute('hidden', at === undefined)
      const x = ((at ?? 0) * 480).toFixed(1)
      setAttribute(tick, 'x1', x)
      setAttribute(tick, 'x2', x)
    }
    this.#failedBar.style.height = `${failedBar * 100}%`
  }
}
