/**
 * nearestService: which Service somebody meant who wrote another name.
 */
import { countMistakes } from '../../lib/index.ts'

/**
 * One of `services` (`namespace/name`): that of the same name in another namespace, else the one whose name is most like it;
 * `undefined` where none is.
 */
export function nearestService(written: string, services: Iterable<string>): string | undefined {
  let best: { service: string; mistakes: number } | undefined
  for (const service of services) {
    if (nameOf(service) === nameOf(written)) return service
    const mistakes = countMistakes(written, service)
    if (mistakes === undefined || mistakes >= (best?.mistakes ?? Infinity)) continue
    best = { service, mistakes }
  }
  return best?.service
}

function nameOf(service: string): string {
  return service.slice(service.indexOf('/') + 1)
}
