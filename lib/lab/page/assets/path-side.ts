/**
 * PathSide: the drawing of one packet's way, what its header says at the step that is looked at, and the same as a table.
 */
import type { LabState, Trace, TraceStep } from '../../lab.ts'
import { drawing, element, setAttribute, setText } from './element.ts'
import type { Language } from './language.ts'
import { badge, fillTable, scrollable, showTruth } from './panel.ts'
import { isOtherAddress } from './view/is-other-address.ts'
import { pathLayout } from './view/path-layout.ts'
import { stationLabel } from './view/station-label.ts'

export interface PathShown {
  readonly state: LabState
  readonly trace: Trace | null
  readonly step: number
}

export class PathSide {
  readonly root = element('div', { class: 'side way' })
  readonly #tableBody = element('table')
  readonly table = scrollable(this.#tableBody)
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
    const { isWide, height, points, border, room } = layout
    this.#points = points
    this.root.classList.toggle('wide', isWide)
    this.#token = drawing('circle', { class: 'token', r: '7' })
    this.#stations = points.map((point, i) => {
      const step = steps[i] as TraceStep
      const label = stationLabel(step, { name: language.station(step.station), room })
      const before = points[i - 1] ?? point
      return drawing(
        'g',
        { class: 'station' },
        lineBetween(before, point),
        drawing('circle', { cx: String(point.x), cy: String(point.y), r: '4' }),
        drawing(
          'text',
          {
            x: String(point.label.x),
            y: String(point.label.y),
            'text-anchor': isWide ? 'middle' : 'start',
          },
          label,
        ),
      )
    })
    const [from, to] = isWide
      ? [
          { x: 0, y: border },
          { x: layout.width, y: border },
        ]
      : [
          { x: border, y: 18 },
          { x: border, y: height },
        ]
    const chart = drawing('svg', { width: String(layout.width), height: String(height) })
    chart.append(
      lineBetween(from, to, 'border'),
      laneName(language.text('userSpace'), { x: 0, y: 10 }),
      laneName(language.text('kernel'), isWide ? { x: 0, y: height - 2 } : { x: 78, y: 10 }),
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
      station.classList.toggle('passed', i <= index)
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
    this.#header.replaceChildren(
      ...headerLine(language.text('from'), step.source, isOtherAddress(before.source, step.source)),
      ...headerLine(
        language.text('to'),
        step.destination,
        isOtherAddress(before.destination, step.destination),
      ),
      ...headerLine(language.text('rule'), step.rule, false),
    )
  }

  #fill({ steps }: Trace, mode: string, language: Language): void {
    const head = [
      '#',
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
    setAttribute(this.table, 'aria-label', `${language.text('path')}: ${mode}`)
    if (this.#caption.parentElement === null) this.#tableBody.prepend(this.#caption)
  }
}

interface Point {
  readonly x: number
  readonly y: number
}

function laneName(text: string, { x, y }: Point): SVGTextElement {
  return drawing('text', { class: 'lane', x: String(x), y: String(y) }, text)
}

function headerLine(name: string, value: string, isNew: boolean): HTMLElement[] {
  return [
    element('dt', {}, name),
    element('dd', isNew ? { class: 'new' } : {}, value === '' ? '–' : value),
  ]
}

function lineBetween(from: Point, to: Point, name = 'line'): SVGLineElement {
  const ends = { x1: from.x, y1: from.y, x2: to.x, y2: to.y }
  const node = drawing('line', { class: name })
  for (const [end, value] of Object.entries(ends)) node.setAttribute(end, String(value))
  return node
}

function sumsOf({ crossings, connections, answer }: Trace, language: Language): string {
  return [
    language.text('crossings', { count: crossings }),
    language.text('connections', { count: connections }),
    language.text(`trace.${answer.outcome}`, { pod: answer.pod }),
  ].join(' · ')
}
