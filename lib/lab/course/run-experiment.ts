/**
 * runExperiment: runs one experiment of the course in a lab, and leaves the lab as it was.
 */
import { ProxyError } from '../../index.ts'
import type { Lab, LabMode } from '../lab.ts'
import { podNames } from '../lab.ts'
import type { SkippedPart } from '../scenes/scene.ts'
import { carryingExperiments } from './carrying-experiments.ts'
import { choosingExperiments } from './choosing-experiments.ts'
import type {
  Experiment,
  ExperimentName,
  ExperimentRecord,
  See,
  Seen,
  SeenGroup,
} from './experiment.ts'
import { experimentNames } from './experiment.ts'
import { objectExperiments } from './object-experiments.ts'
import { podExperiments } from './pod-experiments.ts'

const experiments: Readonly<Record<ExperimentName, Experiment>> = {
  ...carryingExperiments,
  ...choosingExperiments,
  ...podExperiments,
  ...objectExperiments,
}

/** @throws {ProxyError} ERR_INVALID_OPTION where there is no such experiment, and what the lab throws */
export async function runExperiment(lab: Lab, number: number): Promise<ExperimentRecord> {
  const name = experimentNames[number - 1]
  if (name === undefined) {
    const right = `1 to ${experimentNames.length}`
    const message = `there is no experiment ${number}; ${right} would be right`
    throw new ProxyError('ERR_INVALID_OPTION', message)
  }
  const groups: SeenGroup[] = []
  const skipped: SkippedPart[] = []
  const begin = async (mode: LabMode): Promise<See> => {
    const { truth } = await lab.setMode(mode)
    const seen: Seen[] = []
    groups.push({ mode, truth, seen })
    return (key, values = {}) => seen.push({ key, values })
  }
  try {
    await experiments[name]({ lab, in: begin, skip: (part) => skipped.push(part) })
  } finally {
    await restore(lab)
  }
  return { number, name, groups: groups.filter(({ seen }) => seen.length > 0), skipped }
}

async function restore(lab: Lab): Promise<void> {
  const { otherServices, pods, service } = await lab.state()
  if (otherServices > 0) await lab.setOtherServices(0)
  if (service.sessionAffinity !== 'None') await lab.setAffinity('None')
  for (const name of podNames) {
    const pod = pods.find((pod) => pod.name === name)
    if (pod?.condition !== 'running') await lab.setCondition(name, 'running')
    if (pod?.isListed !== true || !pod.isReady) {
      await lab.setEndpoint(name, { isListed: true, isReady: true })
    }
  }
}
