/**
 * roundedMs: milliseconds with as many digits as mean something: `0.45`, `1.3`, `27`. Pure.
 */
export function roundedMs(ms: number): string {
  if (ms < 1) return ms.toFixed(2)
  return ms < 10 ? ms.toFixed(1) : ms.toFixed(0)
}
