/**
 * ControlsPanel: what can be done to pods, Service and client.
 */
import type { LabPod, LabScheduler, LabState } from '../../lab.ts'
import type { PageTopics, TrafficClient } from '../page-topics.ts'
import { askLab } from './ask-lab.ts'
import { button, element, setAttribute, setText } from './element.ts'
import type { Language, MessageKey } from './language.ts'
import type { Panel } from './panel.ts'
import { Choice } from './choice.ts'
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
  readonly #rate = new Choice('rate', (value) =>
    askLab({ name: 'rate', rate: numberOf(rates, value) }),
  )
  readonly #services = new Choice('services', (value) =>
    askLab({ name: 'services', count: numberOf(serviceCounts, value) }),
  )
  readonly #scheduler = new Choice('scheduler', (name) =>
    askLab({ name: 'scheduler', scheduler: name as LabScheduler }),
  )
  readonly #send = sendCounts.map((count) => {
    const node = button()
    node.addEventListener('click', () => void askLab({ name: 'send', count }))
    return { count, node }
  })

  constructor() {
    const { root, tools } = panelHead('controls')
    tools.append(this.#badge)
    const send = element('p', { class: 'line' }, element('span', { 'data-t': 'send' }))
    send.append(...this.#send.map(({ node }) => node))
    const choices = element('div', { class: 'choices' })
    choices.append(this.#rate.root, this.#services.root, this.#affinity.root, this.#scheduler.root)
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
    this.#rate.show(
      rates.map((rate) => [String(rate), language.text('rate.value', { rate })]),
      String(traffic.rate),
    )
    this.#services.show(
      serviceCounts.map((count) => [String(count), language.number(count)]),
      String(side.otherServices),
    )
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
    const names = schedulersOf(sides)
    const [first = ''] = names
    this.#scheduler.show(
      names.length === 0
        ? [['', language.text('scheduler.none')]]
        : names.map((name) => [name, language.text(`scheduler.${name}`)]),
      names.includes(chosen) ? chosen : first,
    )
  }
}

function numberOf<Value extends number>(values: readonly Value[], text: string): Value {
  return values.find((value) => String(value) === text) ?? (values[0] as Value)
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
    act: (pod: LabPod) => Promise<boolean>,
  ): void {
    const node = button()
    node.addEventListener('click', () => {
      if (this.#pod !== undefined) void act(this.#pod)
    })
    this.#buttons.push({ key, node })
    row.append(node)
  }
}
