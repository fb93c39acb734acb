/**
 * networkModes: what each mode is in namespaces, by the tools that were found to work in them.
 */
import type { LabMode, LabModeInfo } from '../lab.ts'
import { labModes } from '../lab.ts'
import type { Probe } from './probe-script.ts'

const lacks = (what: string): string => `${what} is not installed, or cannot be used here`

export function networkModes({ iptables, nft, hasIpvs }: Probe): readonly LabModeInfo[] {
  const reasons: Partial<Record<LabMode, string>> = {
    ...(iptables === '' && {
      iptables: lacks('iptables'),
      userspace: `${lacks('iptables')}: a route does what the redirect would`,
    }),
    ...(nft === '' && { nftables: lacks('nft') }),
    ipvs: hasIpvs
      ? 'the lab does not drive ip_vs: its schedulers are a model, and no latency is shown'
      : 'this kernel has no ip_vs: its schedulers are a model, and no latency is shown',
  }
  return labModes.map((mode) => {
    const reason = reasons[mode] ?? ''
    const isReal = reason === '' || mode === 'userspace'
    return { mode, truth: isReal ? 'REAL' : 'SIMULATED', reason }
  })
}
