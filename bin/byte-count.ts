/**
 * Numbers of bytes for people, with the suffixes of Kubernetes quantities.
 */
const suffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi']

/** `512`, `1.5Ki`, `20Mi`: at most four digits or three and a point, rounded down so that 1Gi is never said too early. */
export function formatByteCount(bytes: number): string {
  let count = bytes
  let index = 0
  while (count >= 1024 && index < suffixes.length - 1) {
    count /= 1024
    index++
  }
  const rounded = count < 10 ? Math.floor(count * 10) / 10 : Math.floor(count)
  return `${rounded}${suffixes[index]}`
}
