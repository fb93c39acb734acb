/**
 * loopbackModes: which modes are real on loopback, and why the others are not.
 */
import type { LabMode, LabModeInfo } from '../lab.ts'
import { labModes } from '../lab.ts'

const reasons: Readonly<Partial<Record<LabMode, string>>> = {
  userspace: 'the proxy listens on the ClusterIP itself; no rule redirects to it',
  anyip: 'the kernel treats the ClusterIP as local without a route being added for it',
  iptables: 'on loopback a model walks the rules: the tables of this machine are not touched',
  nftables: 'on loopback a model walks the rules: the tables of this machine are not touched',
  ipvs: 'on loopback a model walks the rules: the tables of this machine are not touched',
}

export const loopbackModes: readonly LabModeInfo[] = labModes.map((mode) => ({
  mode,
  truth: mode === 'direct' || mode === 'userspace' || mode === 'anyip' ? 'REAL' : 'SIMULATED',
  reason: reasons[mode] ?? '',
}))
