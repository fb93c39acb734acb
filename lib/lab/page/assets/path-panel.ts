/**
 * PathPanel: the way of one connection's first packet, which is looked at step by step, and its header at each.
 */
import type { PageTopics } from '../page-topics.ts'
import { askLab } from './ask-lab.ts'
import { button, element, setText } from './element.ts'
import type { Language, MessageKey } from './language.ts'
import { PathSide } from './path-side.ts'
import type { Panel } from './panel.ts'
import { note, panelHead, twins } from './panel.ts'

/** How long a step is to be seen, in ms. */
const pace = { normal: 700, slow: 1800 }

export class PathPanel implements Panel {
  readonly uses = ['traces', 'sides'] as const
  readonly #sides = [new PathSide(), new PathSide()]
  readonly #trace = toolButton('trace', () => void this.#askForTrace())
  readonly #back = toolButton('back', () => this.#go(this.#step - 1))
  readonly #next = toolButton('step', () => this.#go(this.#step + 1))
  readonly #play = toolButton('play', () => this.#togglePlay())
  readonly #slow = element('input', { type: 'checkbox', id: 'slow' })
  readonly #twins = twins(
    'path',
    {
      chart: element('div', { class: 'sides' }, ...this.#sides.map(({ root }) => root)),
      table: element('div', {}, ...this.#sides.map(({ table }) => table)),
    },
    () => this.#draw(),
  )
  #shown: readonly [PageTopics, Language] | undefined
  #traces: PageTopics['traces'] = []
  #step = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    const { root, tools } = panelHead('path')
    const slow = element(
      'label',
      { class: 'check' },
      this.#slow,
      element('span', { 'data-t': 'slow' }),
    )
    tools.append(this.#trace, this.#back, this.#next, this.#play, slow, this.#twins.toggle)
    root.append(note('path.why'), this.#twins.chart, this.#twins.table)
    new ResizeObserver(() => this.#draw()).observe(root)
  }

  show(topics: PageTopics, language: Language): void {
    this.#shown = [topics, language]
    // Another packet begins at its own beginning.
    if (JSON.stringify(topics.traces) !== JSON.stringify(this.#traces)) {
      this.#traces = topics.traces
      this.#step = 0
    }
    this.#draw()
  }

  get #steps(): number {
    return Math.max(...this.#traces.map((trace) => trace?.steps.length ?? 0), 0)
  }

  async #askForTrace(): Promise<void> {
    this.#trace.setAttribute('aria-busy', 'true')
    await askLab({ name: 'trace' })
    this.#trace.removeAttribute('aria-busy')
  }

  #go(step: number): void {
    this.#step = Math.min(Math.max(step, 0), Math.max(this.#steps - 1, 0))
    this.#draw()
  }

  #togglePlay(): void {
    if (this.#timer === undefined) {
      if (this.#step >= this.#steps - 1) this.#step = 0
      this.#playOn()
    } else {
      this.#stop()
    }
    this.#draw()
  }

  #playOn(): void {
    this.#timer = setTimeout(
      () => {
        if (this.#step >= this.#steps - 1) {
          this.#stop()
          this.#draw()
          return
        }
        this.#go(this.#step + 1)
        this.#playOn()
      },
      this.#slow.checked ? pace.slow : pace.normal,
    )
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #draw(): void {
    if (this.#shown === undefined) return
    const [topics, language] = this.#shown
    setText(this.#play, language.text(this.#timer === undefined ? 'play' : 'stop'))
    const isNone = this.#steps === 0
    // Not `disabled`: who steps to the end by keyboard would lose the focus there.
    setDisabled(this.#back, isNone || this.#step === 0)
    setDisabled(this.#next, isNone || this.#step >= this.#steps - 1)
    setDisabled(this.#play, isNone)
    for (const [i, side] of this.#sides.entries()) {
      const state = topics.sides[i]
      side.root.hidden = state === undefined
      side.table.hidden = state === undefined
      if (state === undefined) continue
      const trace = this.#traces[i] ?? null
      side.show({ state, trace, step: this.#step }, language, { isTable: this.#twins.isTable() })
    }
  }
}

function toolButton(key: MessageKey, act: () => void): HTMLButtonElement {
  const node = button()
  node.dataset['t'] = key
  node.addEventListener('click', () => {
    if (node.getAttribute('aria-disabled') !== 'true') act()
  })
  return node
}

function setDisabled(node: HTMLButtonElement, isDisabled: boolean): void {
  node.setAttribute('aria-disabled', String(isDisabled))
}
