/**
 * The modes, in the order in which they are shown: as labModes of the lab, whose values the browser does not load.
 */
import type { LabMode } from '../../lab.ts'

export const modes: readonly LabMode[] = [
  'direct',
  'userspace',
  'anyip',
  'iptables',
  'nftables',
  'ipvs',
]
