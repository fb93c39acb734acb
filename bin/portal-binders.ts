/**
 * The portal modes of the command line: their flags, and the portal binder of each.
 */
import type { Options } from 'yargs'
import type { PortalBinder } from '../lib/index.ts'
import {
  AnyIPPortalBinder,
  correction,
  defaults,
  IptablesPortalBinder,
  NonePortalBinder,
  ProxyError,
} from '../lib/index.ts'
import { CommandError } from './command-error.ts'
import type { Flags } from './flags.ts'
import { badFlag } from './flags.ts'
import { idleFlags } from './idle-flags.ts'

export const portalModes = ['none', 'iptables', 'anyip'] as const
export type PortalModeName = (typeof portalModes)[number]

const text = { type: 'string', requiresArg: true } as const

/** For yargs: what says which addresses lead to the proxy, and how. */
export const portalFlagOptions: Readonly<Record<string, Options>> = {
  portals: {
    ...text,
    default: 'none',
    describe: 'How clients reach it: none (they dial the bind address), iptables or anyip',
  },
  'bind-address': {
    ...text,
    describe: `Not for anyip: address the proxy sockets listen on. Default: ${defaults.bindAddress}, with iptables 0.0.0.0`,
  },
  'service-cidr': { ...text, describe: 'For anyip: where cluster IPs are, comma separated' },
  'external-ip-cidrs': {
    ...text,
    describe: 'Serve external IPs of Services within these CIDRs. Default: none',
  },
  'nodeport-addresses': {
    ...text,
    describe:
      'Serve node ports on these: CIDRs, primary, localhost, all. Default: all, with none localhost',
  },
}

export interface PortalSettings {
  readonly mode: PortalModeName
  readonly bindAddress: string
  readonly externalIPCIDRs: readonly string[]
  readonly serviceCIDRs: readonly string[]
  readonly nodeportAddresses: readonly string[] | undefined
  /** What was given to no effect, a line for each. */
  readonly notes: readonly string[]
}

/** @throws {CommandError} */
export function readPortalFlags(flags: Flags): PortalSettings {
  const mode = flags.oneOf('portals', portalModes)
  const serviceCIDRs = readCIDRs(flags, 'service-cidr')
  if (mode === 'anyip' && serviceCIDRs.length === 0) {
    throw badFlag('service-cidr', '', "the cluster's range for cluster IPs (10.96.0.0/12)")
  }
  return {
    mode,
    bindAddress: flags.has('bind-address') ? readBindAddress(flags) : defaultBindAddress(mode),
    externalIPCIDRs: readCIDRs(flags, 'external-ip-cidrs'),
    serviceCIDRs,
    nodeportAddresses: flags.list('nodeport-addresses'),
    notes: idleFlags(flags, mode),
  }
}

function defaultBindAddress(mode: PortalModeName): string {
  return mode === 'iptables' ? '0.0.0.0' : defaults.bindAddress
}

function readBindAddress(flags: Flags): string {
  const address = flags.text('bind-address')
  const right = correction('bindAddress', address)
  if (right !== undefined) throw badFlag('bind-address', address, right)
  return address
}

/** Also where the mode has no use for them: what is wrong is said before the mode is changed. */
function readCIDRs(flags: Flags, name: string): readonly string[] {
  const list = flags.list(name) ?? []
  const right = correction('externalIPCIDRs', list)
  if (right !== undefined) throw badFlag(name, flags.text(name), right)
  return list
}

/**
 * @param warn told also of flags that have no effect
 * @throws {CommandError} where a portal binder has no use for what a flag says
 */
export function createPortalBinder(
  settings: PortalSettings,
  warn: (message: string) => void,
): PortalBinder {
  try {
    const portalBinder = newPortalBinder(settings, warn)
    for (const note of settings.notes) warn(note)
    return portalBinder
  } catch (error) {
    throw inFlags(error)
  }
}

function newPortalBinder(settings: PortalSettings, warn: (message: string) => void): PortalBinder {
  const { mode, bindAddress, externalIPCIDRs, serviceCIDRs, nodeportAddresses } = settings
  const common = { warn, externalIPCIDRs, ...(nodeportAddresses && { nodeportAddresses }) }
  if (mode === 'iptables') return new IptablesPortalBinder({ ...common, bindAddress })
  if (mode === 'anyip') return new AnyIPPortalBinder({ ...common, serviceCIDRs })
  return new NonePortalBinder({ ...common, bindAddress })
}

const flagOf: Readonly<Record<string, string>> = {
  bindAddress: '--bind-address',
  nodeportAddresses: '--nodeport-addresses',
}

/** Every message of this code begins with the library's name of an option; who typed a flag knows that one. */
function inFlags(error: unknown): unknown {
  if (!(error instanceof ProxyError) || error.code !== 'ERR_INVALID_OPTION') return error
  const message = error.message.replace(/^\w+/, (option) => flagOf[option] ?? option)
  return new CommandError(message, { exitCode: 2, cause: error })
}
