/**
 * checkLab: which lab this machine can have, and what each of its modes would be in it.
 */
import type { LabModeInfo, LevelChoice } from '../../lib/lab/index.ts'
import { chooseLevel } from '../../lib/lab/index.ts'
import type { Finding } from './finding.ts'
import type { Machine } from './machine.ts'

const meanings = {
  root: 'real rules, in namespaces of its own',
  rootless: 'real rules, without root',
  loopback: 'a real proxy, and a model of the rules',
} as const

export async function checkLab(machine: Machine): Promise<readonly Finding[]> {
  const { platform, uid, run, readFile } = machine
  const choice = await chooseLevel({ platform, uid, run, readSetting: readFile })
  return [levelFinding(choice), modesFinding(choice)]
}

function levelFinding({ level, why, help }: LevelChoice): Finding {
  const found = `level ${level}: ${meanings[level]}`
  if (why === '') return { name: 'lab', mark: 'ok', found }
  // What cannot be helped is no warning.
  if (help === '') return { name: 'lab', mark: 'ok', found: `${found}; ${why}` }
  return { name: 'lab', mark: 'warn', found: `${found}; ${why}`, advice: help }
}

/** A model is nothing to mend, but what was not installed is told with the reason. */
function modesFinding({ modes }: LevelChoice): Finding {
  const namesOf = (truth: LabModeInfo['truth']): string =>
    modes
      .filter((info) => info.truth === truth)
      .map(({ mode }) => mode)
      .join(', ')
  const reasons = [...new Set(modes.map(({ reason }) => reason))].filter((text) => text !== '')
  const simulated = namesOf('SIMULATED')
  const found = [`REAL ${namesOf('REAL')}`, ...(simulated === '' ? [] : [`SIMULATED ${simulated}`])]
  return { name: 'lab modes', mark: 'ok', found: [...found, ...reasons].join('; ') }
}
