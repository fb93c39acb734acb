/**
 * base32Hash: the letters by which kube-proxy tells its chains apart.
 *
 * @see kubernetes v1.20 pkg/proxy/iptables/proxier.go `portProtoHash`; v1.34 pkg/proxy/nftables/proxier.go
 * `hashAndTruncate`
 */
import { createHash } from 'node:crypto'

/** RFC 4648 §6. */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Returns the first `length` letters of the SHA-256 of `text` in base32, at most 48. */
export function base32Hash(text: string, length: number): string {
  const digest = createHash('sha256').update(text).digest()
  let letters = ''
  for (let bit = 0; letters.length < length; bit += 5) {
    // Five bits never lie in more than two bytes.
    letters += alphabet.charAt((digest.readUInt16BE(bit >> 3) >> (11 - (bit & 7))) & 31)
  }
  return letters
}
