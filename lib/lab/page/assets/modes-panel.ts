/**
 * ModesPanel: which mode carries the Service, one choice for each side.
 */
import type { LabMode } from '../../lab.ts'
import type { PageTopics } from '../page-topics.ts'
import { askLab } from './ask-lab.ts'
import { button, byId, element, setText } from './element.ts'
import type { Language } from './language.ts'
import { modes } from './modes.ts'
import type { Panel } from './panel.ts'
import { RadioGroup } from './radio-group.ts'

export class ModesPanel implements Panel {
  readonly uses = ['description', 'sides'] as const
  readonly #sides = [0, 1].map((side) => {
    const group = new RadioGroup<LabMode>({
      name: `mode-${side}`,
      choices: modes,
      onPick: (mode) => askLab({ name: 'mode', side, mode }),
    })
    const about = element('p', { class: 'note' })
    return { root: element('div', {}, group.root, about), group, about }
  })
  readonly #compare = button()
  #isComparing = false

  constructor() {
    byId('modes').append(...this.#sides.map(({ root }) => root), this.#compare)
    this.#compare.id = 'compare'
    this.#compare.addEventListener('click', () => void this.#toggle())
  }

  show({ sides, description }: PageTopics, language: Language): void {
    this.#isComparing = sides.length > 1
    setText(this.#compare, language.text(this.#isComparing ? 'compareEnd' : 'compare'))
    for (const [i, { root, group, about }] of this.#sides.entries()) {
      const mode = sides[i]?.carriage.mode
      root.hidden = mode === undefined
      if (mode === undefined) continue
      const legend = this.#isComparing
        ? language.text('mode.of', { side: i === 0 ? 'A' : 'B' })
        : language.text('mode')
      const infoOf = (mode: LabMode) => description.modes.find((info) => info.mode === mode)
      group.show(
        legend,
        mode,
        (mode) => language.text(`mode.${mode}`),
        (mode) => language.text(infoOf(mode)?.truth ?? 'REAL'),
      )
      const reason = infoOf(mode)?.reason ?? ''
      const here = reason === '' ? '' : language.text('mode.here', { reason })
      setText(about, [language.text(`about.${mode}`), here].filter(Boolean).join(' '))
    }
  }

  async #toggle(): Promise<void> {
    this.#compare.setAttribute('aria-busy', 'true')
    await askLab({ name: 'compare', isOn: !this.#isComparing })
    this.#compare.removeAttribute('aria-busy')
  }
}
