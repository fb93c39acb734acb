/**
 * PageCommand: what the page may ask for, and the reading of it from a request. Pure.
 *
 * `POST /api/v1/lab/mode` with `{"side": 0, "mode": "iptables"}` is one. What is not exactly one of them is refused.
 */
import type { LabMode, LabScheduler, LabService, PodCondition, PodName } from '../lab.ts'
import { labModes, labSchedulers, podNames } from '../lab.ts'
import type { TrafficClient } from './page-topics.ts'
import { trafficClients } from './page-topics.ts'

export type PageCommand =
  | { readonly name: 'mode'; readonly side: number; readonly mode: LabMode }
  | { readonly name: 'scheduler'; readonly scheduler: LabScheduler }
  | { readonly name: 'affinity'; readonly affinity: LabService['sessionAffinity'] }
  | { readonly name: 'condition'; readonly pod: PodName; readonly condition: PodCondition }
  | { readonly name: 'ready'; readonly pod: PodName; readonly isReady: boolean }
  | { readonly name: 'listed'; readonly pod: PodName; readonly isListed: boolean }
  | { readonly name: 'play'; readonly isOn: boolean }
  | { readonly name: 'rate'; readonly rate: number }
  | { readonly name: 'client'; readonly client: TrafficClient }
  | { readonly name: 'send'; readonly count: number }
  | { readonly name: 'services'; readonly count: number }
  | { readonly name: 'trace' }
  | { readonly name: 'compare'; readonly isOn: boolean }
  | { readonly name: 'clear' }

type Name = PageCommand['name']
type Fields<N extends Name> = Omit<Extract<PageCommand, { name: N }>, 'name'>
type Field = (value: unknown) => boolean

const oneOf =
  (choices: readonly unknown[]): Field =>
  (value) =>
    choices.includes(value)

const isBoolean: Field = (value) => typeof value === 'boolean'

/** Beyond these the page would measure itself. */
export const trafficRates = [5, 20, 50, 100] as const
export const serviceCounts = [0, 100, 1000] as const
export const sendCounts = [1, 12, 300] as const

const fields: { readonly [N in Name]: { readonly [K in keyof Fields<N>]-?: Field } } = {
  mode: { side: oneOf([0, 1]), mode: oneOf(labModes) },
  scheduler: { scheduler: oneOf(labSchedulers) },
  affinity: { affinity: oneOf(['None', 'ClientIP']) },
  condition: { pod: oneOf(podNames), condition: oneOf(['running', 'killed', 'unplugged']) },
  ready: { pod: oneOf(podNames), isReady: isBoolean },
  listed: { pod: oneOf(podNames), isListed: isBoolean },
  play: { isOn: isBoolean },
  rate: { rate: oneOf(trafficRates) },
  client: { client: oneOf(trafficClients) },
  send: { count: oneOf(sendCounts) },
  services: { count: oneOf(serviceCounts) },
  trace: {},
  compare: { isOn: isBoolean },
  clear: {},
}

export const commandNames = Object.keys(fields) as readonly Name[]

/** Returns the command; or, as a string, what is wrong with it. */
export function parsePageCommand(name: string, body: unknown): PageCommand | string {
  if (!isName(name)) return `there is no ${name}`
  if (typeof body !== 'object' || body === null) return 'the body is no object of JSON'
  const wanted = Object.entries<Field>(fields[name])
  const values = new Map(Object.entries(body))
  for (const key of values.keys()) {
    if (!wanted.some(([known]) => known === key)) return `${name} has no ${key}`
  }
  for (const [key, isRight] of wanted) {
    const value = values.get(key)
    if (!isRight(value)) return `${key} of ${name} is ${JSON.stringify(value)}`
  }
  return { name, ...body } as PageCommand
}

function isName(name: string): name is Name {
  return Object.hasOwn(fields, name)
}
