/**
 * openLab: the lab that this machine can have.
 */
import type { Lab, LabLevel } from './lab.ts'
import { chooseLevel } from './level.ts'
import { LoopbackLab } from './loopback/loopback-lab.ts'
import { openNetworkLab } from './network/launcher.ts'

export interface OpenLabOptions {
  /** Default: the highest that works. */
  readonly level?: LabLevel | undefined
}

/**
 * Opens a lab. Who opens it closes it; it ends with this process too, however that ends.
 *
 * @throws {ProxyError} ERR_UNSUPPORTED where the level cannot be had, ERR_LAB where it could not be set up
 */
export async function openLab({ level }: OpenLabOptions = {}): Promise<Lab> {
  const choice = await chooseLevel({ level })
  const reason = [choice.why, choice.help].filter((part) => part !== '').join('. try: ')
  const { modes, probe } = choice
  if (choice.level === 'loopback' || probe === undefined) {
    return LoopbackLab.open({ reason })
  }
  return openNetworkLab({ level: choice.level, reason, modes, probe })
}
