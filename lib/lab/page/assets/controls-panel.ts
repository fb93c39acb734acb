/**
 * ControlsPanel: what can be done to pods, Service and client.
 */
import type { LabPod, LabScheduler, LabState } from '../../lab.ts'
import type { PageTopics, TrafficClient } from '../page-topics.ts'
import { askLab } from './ask-lab.ts'
import { button, element, setAttribute, setText } from './element.ts'
import type { Language, MessageKey } from './language.ts'
import type { Panel } from './panel.ts'
import { badge, note, panelHead, showTruth } from './panel.ts'
import { RadioGroup } from './radio-group.ts'

const schedulers: readonly LabScheduler[] = ['rr', 'lc', 'dh', 'sh', 'sed', 'nq']
const rates = [5, 20, 50, 100] as const
const serviceCounts = [0, 100, 1000] as const
const sendCounts = [1, 12, 300] as const

export class ControlsPanel implements Panel {
  readonly uses = ['sides', 'traffic'] as const
  readonly #badge = badge()
  readonly #pods = new Map<string, PodControls>()
  readonly #podList = element('ul', { class: 'pods' })
  readonly #client = new RadioGroup<TrafficClient>({
    name: 'client',
    choices: ['new', 'keep-alive', 'udp'],
    onPick: (client) => askLab({ name: 'client', client }),
  })
  readonly #affinity = new RadioGroup<'None' | 'ClientIP'>({
    name: 'affinity',
    choices: ['None', 'ClientIP'],
    onPick: (affinity) => askLab({ name: 'affinity', affinity }),
  })
  readonly #rate = new NumberSelect('rate', rates, (rate) => askLab({ name: 'rate', rate }))
  readonly #services = new NumberSelect('services', serviceCounts, (count) =>
    askLab({ name: 'services', count }),
  )
  readonly #scheduler = element('select', { id: 'scheduler' })
  readonly #send = sendCounts.map((count) => {
    const node = button()
    node.addEventListener('click', () => void askLab({ name: 'send', count }))
    return { count, node }
  })

  constructor() {
    const { root, tools } = panelHead('controls')
    tools.append(this.#badge)
    this.#scheduler.addEventListener('change', () => {
      void askLab({ name: 'scheduler', scheduler: this.#scheduler.value as LabScheduler })
    })
    const send = element('p', { class: 'line' }, element('span', { 'data-t': 'send' }))
    send.append(...this.#send.map(({ node }) => node))
    const scheduler = element(
      'label',
      {},
      element('span', { 'data-t': 'scheduler' }),
      this.#scheduler,
    )
    const choices = element('div', { class: 'choices' })
    choices.append(this.#rate.root, this.#services.root, this.#affinity.root, scheduler)
    root.append(this.#podList, note('controls.why'), this.#client.root, send, choices)
  }

  show({ sides, traffic }: PageTopics, language: Language): void {
    showTruth(this.#badge, 'REAL', language)
    const [side] = sides
    if (side === undefined) return
    for (const pod of side.pods) this.#controlsOf(pod).show(pod, language)
    this.#client.show(language.text('client'), traffic.client, (client) =>
      language.text(`client.${client}`),
    )
    this.#affinity.show(language.text('affinity'), side.service.sessionAffinity, (affinity) =>
      language.text(`affinity.${affinity}`),
    )
    this.#rate.show(traffic.rate, (rate) => language.text('rate.value', { rate }))
    this.#services.show(side.otherServices, (count) => language.number(count))
    for (const { count, node } of this.#send) {
      setText(node, language.text('send.value', { count }))
      setAttribute(node, 'aria-label', `${language.text('send')} ${node.textContent}`)
    }
    this.#showScheduler(sides, side.scheduler, language)
  }

  #controlsOf({ name }: LabPod): PodControls {
    const known = this.#pods.get(name)
    if (known !== undefined) return known
    const controls = new PodControls(name)
    this.#pods.set(name, controls)
    this.#podList.append(controls.root)
    return controls
  }

  #showScheduler(sides: readonly LabState[], chosen: LabScheduler, language: Language): void {
    const choices = schedulersOf(sides)
    const shown = choices.length === 0 ? [''] : choices
    const key = `${language.name} ${shown.join(' ')}`
    if (this.#scheduler.dataset['shown'] !== key) {
      this.#scheduler.dataset['shown'] = key
      this.#scheduler.replaceChildren(
        ...shown.map((name) =>
          element(
            'option',
            { value: name },
            language.text(`scheduler.${name || 'none'}` as MessageKey),
          ),
        ),
      )
    }
    this.#scheduler.disabled = choices.length === 0
    const value = choices.includes(chosen) ? chosen : (shown[0] ?? '')
    if (document.activeElement !== this.#scheduler) this.#scheduler.value = value
  }
}

/** Those that one of the modes has. */
function schedulersOf(sides: readonly LabState[]): readonly LabScheduler[] {
  const modes = new Set(sides.map(({ carriage }) => carriage.mode))
  if (modes.has('ipvs')) return schedulers
  return modes.has('userspace') || modes.has('anyip') ? ['rr', 'lc'] : []
}

class PodControls {
  readonly root = element('li')
  readonly #address = element('span', { class: 'address' })
  readonly #state = element('span', { class: 'state' })
  readonly #buttons: {
    readonly key: (pod: LabPod) => MessageKey
    readonly node: HTMLButtonElement
  }[] = []
  #pod: LabPod | undefined

  constructor(name: LabPod['name']) {
    const head = element('p', {}, element('strong', {}, name), this.#address, this.#state)
    const buttons = element('p', { class: 'buttons' })
    this.root.append(head, buttons)
    this.#add(
      buttons,
      ({ condition }) => (condition === 'killed' ? 'revive' : 'kill'),
      ({ condition }) =>
        askLab({
          name: 'condition',
          pod: name,
          condition: condition === 'killed' ? 'running' : 'killed',
        }),
    )
    this.#add(
      buttons,
      ({ condition }) => (condition === 'unplugged' ? 'plugIn' : 'unplug'),
      ({ condition }) =>
        askLab({
          name: 'condition',
          pod: name,
          condition: condition === 'unplugged' ? 'running' : 'unplugged',
        }),
    )
    this.#add(
      buttons,
      ({ isReady }) => (isReady ? 'makeUnready' : 'makeReady'),
      ({ isReady }) => askLab({ name: 'ready', pod: name, isReady: !isReady }),
    )
    this.#add(
      buttons,
      ({ isListed }) => (isListed ? 'remove' : 'list'),
      ({ isListed }) => askLab({ name: 'listed', pod: name, isListed: !isListed }),
    )
  }

  show(pod: LabPod, language: Language): void {
    this.#pod = pod
    setText(this.#address, `${pod.address}:${pod.port}`)
    const endpoint = pod.isListed ? (pod.isReady ? 'ready' : 'unready') : 'unlisted'
    const words = [
      language.text(`condition.${pod.condition}`),
      language.text(`endpoint.${endpoint}`),
    ]
    setText(this.#state, words.join(', '))
    setAttribute(this.root, 'data-condition', pod.condition)
    setAttribute(this.root, 'data-endpoint', endpoint)
    for (const { key, node } of this.#buttons) {
      setText(node, language.text(key(pod)))
      setAttribute(node, 'aria-label', `${node.textContent} ${pod.name}`)
    }
  }

  #add(
    row: HTMLElement,
    key: (pod: LabPod) => MessageKey,
    act: (pod: LabPod) => Promise<void>,
  ): void {
    const node = button()
    node.addEventListener('click', () => {
      if (this.#pod !== undefined) void act(this.#pod)
    })
    this.#buttons.push({ key, node })
    row.append(node)
  }
}

class NumberSelect<Value extends number> {
  readonly root: HTMLLabelElement
  readonly #select = element('select')
  readonly #values: readonly Value[]

  constructor(id: string, values: readonly Value[], onPick: (value: Value) => Promise<void>) {
    this.#values = values
    this.#select.id = id
    this.#select.append(...values.map((value) => element('option', { value: String(value) })))
    this.root = element('label', {}, element('span', { 'data-t': id }), this.#select)
    this.#select.addEventListener('change', () => {
      void onPick(Number(this.#select.value) as Value)
    })
  }

  show(value: number, textOf: (value: Value) => string): void {
    for (const [i, option] of [...this.#select.options].entries()) {
      setText(option, textOf(this.#values[i] as Value))
    }
    if (document.activeElement !== this.#select) this.#select.value = String(value)
  }
}
