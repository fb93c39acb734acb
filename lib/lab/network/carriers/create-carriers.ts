/**
 * createCarriers: for each mode what carries it here: rules, a proxy, or a model.
 */
import type { LabMode } from '../../lab.ts'
import type { Probe } from '../probe-script.ts'
import type { Carrier } from './carrier.ts'
import { DirectCarrier } from './direct-carrier.ts'
import { IptablesCarrier } from './iptables-carrier.ts'
import { ModelCarrier } from './model-carrier.ts'
import { NftablesCarrier } from './nftables-carrier.ts'
import { ProxierCarrier } from './proxier-carrier.ts'

export interface CreateCarriersOptions {
  readonly probe: Probe
  readonly isRoot: boolean
}

/** What an unprivileged user may write at once, with room to spare: 883 rules passed, 1763 did not. */
const linesAtOnce = 256

export function createCarriers({
  probe,
  isRoot,
}: CreateCarriersOptions): Readonly<Record<LabMode, Carrier>> {
  const lines = isRoot ? Number.POSITIVE_INFINITY : linesAtOnce
  const hasIptables = probe.iptables !== ''
  return {
    direct: new DirectCarrier(),
    userspace: new ProxierCarrier(hasIptables ? 'iptables' : 'anyip'),
    anyip: new ProxierCarrier('anyip'),
    iptables: hasIptables ? new IptablesCarrier(lines) : new ModelCarrier('iptables'),
    nftables: probe.nft === '' ? new ModelCarrier('nftables') : new NftablesCarrier(lines),
    ipvs: new ModelCarrier('ipvs'),
  }
}
