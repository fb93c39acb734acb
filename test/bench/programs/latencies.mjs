// Percentiles of times, by the nearest rank, in the unit of the times.
export function latencies(times) {
  const sorted = Float64Array.from(times).sort()
  const at = (share) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) }
}
