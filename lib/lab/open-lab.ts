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

/** What it is put together of. */
export interface OpenLabParts {
  readonly choose: typeof chooseLevel
  readonly openNetwork: typeof openNetworkLab
}

/**
 * Opens a lab. Who opens it closes it; it ends with this process too, however that ends.
 *
 * @throws {ProxyError} ERR_UNSUPPORTED where the level cannot be had, ERR_LAB where it could not be set up
 */
export async function openLab(
  { level }: OpenLabOptions = {},
  { choose, openNetwork }: OpenLabParts = { choose: chooseLevel, openNetwork: openNetworkLab },
): Promise<Lab> {
  const choice = await choose({ level })
  const { why, help, modes } = choice
  const reason = help === '' ? why : `${why}. try: ${help}`
  return choice.level === 'loopback'
    ? LoopbackLab.open({ reason })
    : openNetwork({ level: choice.level, reason, modes, probe: choice.probe })
}
