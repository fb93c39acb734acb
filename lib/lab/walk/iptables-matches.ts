/**
 * meets: whether a packet meets a condition of a rule. Pure.
 *
 * The packet is the first of its connection, it did not come in by a port of a bridge, no dice fall for it, and no list
 * of `recent` has its sender.
 */
import type { Condition } from './iptables-text.ts'

/** A packet as it is at one moment of its way. */
export interface PacketState {
  source: string
  destination: string
  readonly protocol: string
  /** Of the destination. */
  port: number
  mark: number
  /** Whether its destination was rewritten. */
  isTranslated: boolean
}

/** @throws {Error} where the condition is not known */
export function meets(
  packet: PacketState,
  { option, value, block, isNegated }: Condition,
  isLocal: (address: string) => boolean,
): boolean {
  const test = tests[option]
  if (test === undefined) throw new Error(`${option} ${value}: a match that is not known here`)
  return test({ value, block }, packet, isLocal) !== isNegated
}

type Asked = Pick<Condition, 'value' | 'block'>
type Test = (asked: Asked, packet: PacketState, isLocal: (address: string) => boolean) => boolean

const always: Test = () => true
const never: Test = () => false

const state: Test = ({ value }, { isTranslated }) => {
  const states = value.split(',')
  return states.includes('NEW') || (isTranslated && states.includes('DNAT'))
}

const tests: Readonly<Record<string, Test>> = {
  '-m': always,
  '--comment': always,
  '-s': (asked, { source }) => contains(asked, source),
  '-d': (asked, { destination }) => contains(asked, destination),
  '-p': ({ value }, { protocol }) => value === protocol,
  '--dport': ({ value }, { port }) => Number(value) === port,
  '--dports': ({ value }, { port }) => value.split(',').includes(String(port)),
  '--src-type': (_, { source }, isLocal) => isLocal(source),
  '--dst-type': (_, { destination }, isLocal) => isLocal(destination),
  '--physdev-is-in': never,
  '--mode': always,
  '--probability': never,
  '--rcheck': never,
  '--set': always,
  '--seconds': always,
  '--reap': always,
  '--name': always,
  '--mask': always,
  '--rsource': always,
  '--mark': ({ value: text }, { mark }) => {
    const { value, mask } = maskedNumber(text)
    return (mark & mask) === value
  },
  '--ctstate': state,
  '--state': state,
}

/** Reads `0x4000/0x4000`. */
export function maskedNumber(text: string): { value: number; mask: number } {
  const [value, mask] = text.split('/').map(Number) as [number, number]
  return { value, mask }
}

function contains({ value, block }: Asked, address: string): boolean {
  return block?.contains(address) ?? value === `${address}/${address.includes(':') ? 128 : 32}`
}
