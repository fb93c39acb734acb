/**
 * entryOwner: which worker thread has a proxy socket. Pure.
 */
import type { ProxySocketSpec } from '../data-plane.ts'

/**
 * The index of the one thread that has it, or `undefined` where all of them do. One alone can keep a client at its
 * endpoint (ClientIP), and the datagrams of a flow together (UDP). Spread evenly over the threads by the key, and the
 * same for the same key.
 */
export function entryOwner(
  { key, protocol, sessionAffinity }: ProxySocketSpec,
  workers: number,
): number | undefined {
  if (protocol === 'TCP' && sessionAffinity.type === 'None') return undefined
  return hash(key) % workers
}

/** FNV-1a, of 32 bits; keys are ASCII. */
function hash(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  // The low bits of FNV alone are those of the sum of all characters' low bits.
  return (hash ^ (hash >>> 16)) >>> 0
}
