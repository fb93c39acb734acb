/**
 * Which connections `get connections` prints, and in which order, as flags.
 */
import type { Options } from 'yargs'
import type { ConnectionStatus } from '../../lib/index.ts'
import { canonicalAddress, CIDR, parseHostPort } from '../../lib/index.ts'
import { CommandError } from '../command-error.ts'
import type { Flags } from '../flags.ts'
import { badFlag } from '../flags.ts'
import { connectionStates, stateOf } from './connection-state.ts'

const text = { type: 'string', requiresArg: true } as const
const sorts = ['age', 'bytes'] as const

/** For yargs. */
export const connectionFilterOptions: Readonly<Record<string, Options>> = {
  service: { ...text, describe: 'Only of this one: NS/NAME or NS/NAME:PORT' },
  client: { ...text, describe: 'Only from there: an IP or a CIDR' },
  endpoint: { ...text, describe: 'Only to there: IP or IP:PORT' },
  state: { ...text, describe: `Only those ${connectionStates.join(', ')}` },
  sort: { ...text, describe: 'By age (oldest first) or bytes (most first)' },
}

/** Picks and sorts connections. */
export type ConnectionChoice = (connections: readonly ConnectionStatus[]) => ConnectionStatus[]

/** @throws {CommandError} naming the flag, its text and what would be right */
export function readConnectionFilter(flags: Flags): ConnectionChoice {
  const tests = [
    readFlag(flags, 'service', serviceTest),
    readFlag(flags, 'client', clientTest),
    readFlag(flags, 'endpoint', endpointTest),
    flags.has('state') ? stateTest(flags.oneOf('state', connectionStates)) : all,
  ]
  const sort = flags.has('sort') ? flags.oneOf('sort', sorts) : undefined
  return (connections) => {
    const chosen = connections.filter((info) => tests.every((test) => test(info)))
    if (sort === undefined) return chosen
    const rank = sort === 'age' ? ageOf : bytesOf
    return chosen.sort((a, b) => rank(b) - rank(a))
  }
}

/** @throws {CommandError} where a flag for connections was given for something else */
export function refuseConnectionFilter(flags: Flags, resource: string): void {
  const name = Object.keys(connectionFilterOptions).find((name) => flags.has(name))
  if (name === undefined) return
  throw new CommandError(`--${name} is for connections, and not for ${resource}`, {
    exitCode: 2,
    hint: `userspace-proxy get ${resource}`,
  })
}

type ConnectionTest = (info: ConnectionStatus) => boolean

interface ReadTest {
  /** What would be right. */
  readonly right: string
  readonly read: (text: string) => ConnectionTest | undefined
}

const all: ConnectionTest = () => true

function readFlag(flags: Flags, name: string, { right, read }: ReadTest): ConnectionTest {
  if (!flags.has(name)) return all
  const text = flags.text(name)
  const test = read(text)
  if (test === undefined) throw badFlag(name, text, right)
  return test
}

const serviceTest: ReadTest = {
  right: 'NAMESPACE/NAME or NAMESPACE/NAME:PORT',
  read: (text) => {
    if (!/^[^/:]+\/[^/:]+(?::[^/:]+)?$/.test(text)) return undefined
    return ({ servicePort }) => servicePort === text || servicePort.startsWith(`${text}:`)
  },
}

const clientTest: ReadTest = {
  right: 'an address or a CIDR such as 10.0.0.0/8',
  read: (text) => {
    const cidr = CIDR.parse(text)
    if (cidr !== undefined) return ({ client }) => cidr.contains(addressOf(client))
    const address = canonicalAddress(text)
    return address === undefined ? undefined : ({ client }) => addressOf(client) === address
  },
}

const endpointTest: ReadTest = {
  right: 'an address such as 10.0.0.1, 10.0.0.1:80 or [fd00::1]:80',
  read: (text) => {
    const address = canonicalAddress(text)
    if (address !== undefined) return ({ endpoint }) => addressOf(endpoint) === address
    const place = parseHostPort(text)
    if (place === undefined) return undefined
    return ({ endpoint }) => {
      const other = parseHostPort(endpoint)
      return other?.address === place.address && other.port === place.port
    }
  },
}

function stateTest(state: string): ConnectionTest {
  return (info) => stateOf(info) === state
}

function addressOf(hostPort: string): string {
  return parseHostPort(hostPort)?.address ?? ''
}

function ageOf({ ageMs }: ConnectionStatus): number {
  return ageMs
}

function bytesOf({ bytesFromClient, bytesFromEndpoint }: ConnectionStatus): number {
  return bytesFromClient + bytesFromEndpoint
}
