/**
 * makeAlike: puts a new lab into the state of another one, but for the mode that carries it.
 */
import type { Carriage, Lab, LabMode, LabState } from '../lab.ts'

export async function makeAlike(
  lab: Lab,
  { pods, service, scheduler, otherServices }: LabState,
  mode: LabMode,
): Promise<Carriage> {
  for (const { name, condition, isReady, isListed } of pods) {
    if (condition !== 'running') await lab.setCondition(name, condition)
    if (!isReady || !isListed) await lab.setEndpoint(name, { isReady, isListed })
  }
  if (service.sessionAffinity !== 'None') await lab.setAffinity(service.sessionAffinity)
  if (otherServices > 0) await lab.setOtherServices(otherServices)
  const carriage = await lab.setMode(mode)
  // Not every mode has every scheduler: then it keeps its own.
  return scheduler === 'rr' ? carriage : lab.setScheduler(scheduler).catch(() => carriage)
}
