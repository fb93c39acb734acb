/**
 * Ages as kubectl prints them: two units where the second still says something, one where it does not.
 *
 * @see kubernetes v1.34 staging/src/k8s.io/apimachinery/pkg/util/duration/duration.go HumanDuration
 */

/** `5s`, `3m4s`, `25m`, `3h10m`, `26h`, `9d`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  const days = Math.floor(hours / 24)
  return days < 8 ? two(days, 'd', hours % 24, 'h') : `${days}d`
}

function two(count: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${count}${unit}` : `${count}${unit}${rest}${restUnit}`
}
