/**
 * PathSide: the drawing of one packet's way, what its header says at the step that is looked at, and the same as a table.
 */
import type { LabState, Trace, TraceStep } from '../../lab.ts'
import { drawing, element, setText } from './element.ts'
import type { Language } from './language.ts'
import { badge, fillTable, showTruth } from './panel.ts'
import { pathLayout } from './view/path-layout.ts'
import { stationLabel } from './view/station-label.ts'

export interface PathShown {
  readonly state: LabState
  readonly trace: Trace | null
  readonly step: number
}

export class PathSide {
  readonly root = element('div', { class: 'side way' })
  readonly table = element('div', { class: 'scroll' })
  readonly #tableBody = element('table')
  readonly #caption = element('caption')
  readonly #mode = element('strong')
  readonly #badge = badge()
  readonly #sums = element('span', { class: 'count' })
  readonly #chart = element('div', { class: 'chart', 'aria-hidden': 'true' })
  readonly #header = element('dl', { class: 'header' })
  readonly #progress = element('p', { class: 'progress' })
  readonly #none = element('p', { class: 'note', 'data-t': 'path.none' })
  #drawn = ''
  #token: SVGCircleElement | undefined
  #stations: readonly SVGGElement[] = []
  #points: readonly { readonly x: number; readonly y: number }[] = []

  constructor() {
    this.table.append(this.#tableBody)
    this.root.append(
      element('h3', {}, this.#mode, this.#badge, this.#sums),
      this.#none,
      element(
        'div',
        { class: 'drawing' },
        this.#chart,
        element('div', {}, this.#progress, this.#header),
      ),
    )
  }

  show(
    { state, trace, step }: PathShown,
    language: Language,
    { isTable }: { isTable: boolean },
  ): void {
    const mode = language.text(`mode.${state.carriage.mode}`)
    setText(this.#mode, mode)
    showTruth(this.#badge, trace?.truth ?? state.carriage.truth, language)
    this.#none.hidden = trace !== null
    this.#chart.parentElement?.toggleAttribute('hidden', trace === null)
    setText(this.#sums, trace === null ? '' : sumsOf(trace, language))
    if (trace === null || trace.steps.length === 0) {
      this.#tableBody.replaceChildren()
      delete this.#tableBody.dataset['shown']
      return
    }
    if (isTable) {
      this.#fill(trace, mode, language)
      return
    }
    const index = Math.min(step, trace.steps.length - 1)
    this.#draw(trace.steps, language)
    this.#mark(index)
    this.#tell(trace.steps, index, language)
  }

  #draw(steps: readonly TraceStep[], language: Language): void {
    const width = Math.floor(this.root.clientWidth)
    const key = JSON.stringify([steps, width, language.name])
    if (width === 0 || key === this.#drawn) return
    this.#drawn = key
    const layout = pathLayout(
      steps.map(({ space }) => space),
      width,
    )
    const { isWide, height, points, line, border } = layout
    this.#points = points
    this.root.classList.toggle('wide', isWide)
    const shownWidth = isWide ? width : Math.min(width, 260)
    this.#token = drawing('circle', { class: 'token', r: '7' })
    this.#stations = points.map(({ x, y }, i) => {
      const { station, rule, space } = steps[i] as TraceStep
      const label = stationLabel({ station, rule }, language.station(station))
      const place = isWide
        ? { x: String(x), y: String(y + (space === 'user' ? -16 : 26)), 'text-anchor': 'middle' }
        : { x: '112', y: String(y + 4) }
      return drawing(
        'g',
        { class: 'station' },
        drawing('circle', { cx: String(x), cy: String(y), r: '4' }),
        drawing('text', place, label),
      )
    })
    const lanes = isWide
      ? [
          drawing('line', {
            class: 'border',
            x1: '0',
            x2: String(width),
            y1: String(border),
            y2: String(border),
          }),
          drawing('text', { class: 'lane', x: '0', y: '10' }, language.text('userSpace')),
          drawing(
            'text',
            { class: 'lane', x: '0', y: String(height - 2) },
            language.text('kernel'),
          ),
        ]
      : [
          drawing('line', {
            class: 'border',
            x1: String(border),
            x2: String(border),
            y1: '18',
            y2: String(height),
          }),
          drawing('text', { class: 'lane', x: '0', y: '10' }, language.text('userSpace')),
          drawing('text', { class: 'lane', x: '76', y: '10' }, language.text('kernel')),
        ]
    const chart = drawing('svg', { width: String(shownWidth), height: String(height) })
    chart.append(
      ...lanes,
      drawing('path', { class: 'line', d: line }),
      ...this.#stations,
      this.#token,
    )
    this.#chart.replaceChildren(chart)
  }

  #mark(index: number): void {
    const point = this.#points[index]
    if (point !== undefined && this.#token !== undefined) {
      this.#token.style.transform = `translate(${point.x}px, ${point.y}px)`
    }
    for (const [i, station] of this.#stations.entries()) {
      station.classList.toggle('now', i === index)
      station.classList.toggle('passed', i < index)
    }
  }

  /** What has changed since the step before is marked. */
  #tell(steps: readonly TraceStep[], index: number, language: Language): void {
    const step = steps[index] as TraceStep
    const before = steps[index - 1] ?? step
    const name = language.station(step.station)
    const space = language.text(step.space === 'user' ? 'userSpace' : 'kernel')
    const place = language.text('stepOf', { step: index + 1, all: steps.length })
    setText(this.#progress, `${place} · ${name} · ${space}`)
    const row = (label: string, value: string, isNew: boolean) => [
      element('dt', {}, label),
      element('dd', isNew ? { class: 'new' } : {}, value === '' ? '–' : value),
    ]
    this.#header.replaceChildren(
      ...row(language.text('from'), step.source, step.source !== before.source),
      ...row(language.text('to'), step.destination, step.destination !== before.destination),
      ...row(language.text('rule'), step.rule, false),
    )
  }

  #fill({ steps }: Trace, mode: string, language: Language): void {
    const head = [
      '',
      language.text('station'),
      language.text('where'),
      language.text('from'),
      language.text('to'),
      language.text('rule'),
    ]
    fillTable(
      this.#tableBody,
      head,
      steps.map(({ station, space, source, destination, rule }, i) => [
        String(i + 1),
        language.station(station),
        language.text(space === 'user' ? 'userSpace' : 'kernel'),
        source,
        destination,
        rule,
      ]),
    )
    setText(this.#caption, mode)
    if (this.#caption.parentElement === null) this.#tableBody.prepend(this.#caption)
  }
}

function sumsOf({ crossings, connections }: Trace, language: Language): string {
  return [
    language.text('crossings', { count: crossings }),
    language.text('connections', { count: connections }),
  ].join(' · ')
}
