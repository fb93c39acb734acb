/**
 * examine: all findings about a machine, in the order in which they are told.
 */
import {
  checkDescriptors,
  checkInotify,
  checkNode,
  checkRights,
  checkSystem,
} from './check-basics.ts'
import { checkLab } from './check-lab.ts'
import { checkNetfilter } from './check-netfilter.ts'
import { checkIp, checkNonlocalBind, checkPortRange, checkTimeWait } from './check-network.ts'
import { checkKubeconfig, checkLeftovers, checkPorts } from './check-surroundings.ts'
import type { Finding } from './finding.ts'
import type { Machine } from './machine.ts'

export async function examine(machine: Machine): Promise<readonly Finding[]> {
  const portable = [checkNode(machine), checkSystem(machine)]
  const others = [...(await checkPorts(machine)), await checkKubeconfig(machine)]
  if (machine.platform !== 'linux') return [...portable, ...others, ...(await checkLab(machine))]
  return [
    ...portable,
    ...(await checkRights(machine)),
    ...(await checkNetfilter(machine)),
    await checkIp(machine),
    await checkNonlocalBind(machine),
    await checkPortRange(machine),
    await checkTimeWait(machine),
    await checkDescriptors(machine),
    await checkInotify(machine),
    ...others,
    await checkLeftovers(machine),
    ...(await checkLab(machine)),
  ]
}
