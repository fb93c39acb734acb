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
} from '../lib/index.ts'
import type { Flags } from './flags.ts'
import { badFlag } from './flags.ts'

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
    describe: `Address the proxy sockets listen on. Default: ${defaults.bindAddress}, with iptables 0.0.0.0`,
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
}

/** @throws {CommandError} */
export function readPortalFlags(flags: Flags): PortalSettings {
  const mode = flags.oneOf('portals', portalModes)
  const serviceCIDRs = flags.list('service-cidr') ?? []
  if (mode === 'anyip' && serviceCIDRs.length === 0) {
    throw badFlag('service-cidr', '', "the cluster's range for cluster IPs (10.96.0.0/12)")
  }
  const bindAddress = flags.text('bind-address') || defaultBindAddress(mode)
  const externalIPCIDRs = flags.list('external-ip-cidrs') ?? []
  check('bind-address', bindAddress, correction('bindAddress', bindAddress))
  check(
    'external-ip-cidrs',
    flags.text('external-ip-cidrs'),
    correction('externalIPCIDRs', externalIPCIDRs),
  )
  return {
    mode,
    bindAddress,
    externalIPCIDRs,
    serviceCIDRs,
    nodeportAddresses: flags.list('nodeport-addresses'),
  }
}

function defaultBindAddress(mode: PortalModeName): string {
  return mode === 'iptables' ? '0.0.0.0' : defaults.bindAddress
}

function check(name: string, text: string, right: string | undefined): void {
  if (right !== undefined) throw badFlag(name, text, right)
}

/** @throws {ProxyError} ERR_INVALID_OPTION */
export function createPortalBinder(
  settings: PortalSettings,
  warn: (message: string) => void,
): PortalBinder {
  const { mode, bindAddress, externalIPCIDRs, serviceCIDRs, nodeportAddresses } = settings
  const common = { warn, externalIPCIDRs, ...(nodeportAddresses && { nodeportAddresses }) }
  if (mode === 'iptables') return new IptablesPortalBinder({ ...common, bindAddress })
  if (mode === 'anyip') return new AnyIPPortalBinder({ ...common, serviceCIDRs })
  return new NonePortalBinder({ ...common, bindAddress })
}
