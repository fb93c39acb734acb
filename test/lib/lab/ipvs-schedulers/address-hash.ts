import fc from 'fast-check'
import { SocketAddress } from 'node:net'
import t from 'tap'
import { addressBucket, serverByHash } from '../../../../lib/lab/ipvs-schedulers/address-hash.ts'
import { serversOf } from '../../../fixtures/scheduler-servers.ts'

/** hash_32(value, 8), by another way. */
function hash(value: bigint): number {
  return Number(((value * 0x61c88647n) & 0xffffffffn) >> 24n)
}

t.test('an IPv4 address is hashed as the kernel does', async (t) => {
  t.equal(addressBucket('0.0.0.1'), 0x61)
  t.equal(addressBucket('0.0.0.2'), 0xc3)
  fc.assert(
    fc.property(fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)), (bytes) => {
      const value = bytes.reduce((all, byte) => all * 256n + BigInt(byte), 0n)
      return addressBucket(bytes.join('.')) === hash(value)
    }),
  )
})

t.test('of an IPv6 address the four words are folded first', async () => {
  const word = fc.nat(0xffff_ffff)
  fc.assert(
    fc.property(fc.tuple(word, word, word, word), (words) => {
      const groups = words.flatMap((word) =>
        [word >>> 16, word & 0xffff].map((n) => n.toString(16)),
      )
      const { address } = new SocketAddress({ address: groups.join(':'), family: 'ipv6' })
      const folded = words.reduce((all, word) => all ^ BigInt(word), 0n)
      // What is written with dots is an IPv4 address in disguise, and canonical addresses are not.
      return address.includes('.') || addressBucket(address) === hash(folded)
    }),
  )
})

t.test('buckets are dealt in turn, also to who has no weight', async (t) => {
  const servers = serversOf([[1], [0], [2]])
  const chosen = Array.from({ length: 256 }, (_, i) => {
    const address = `10.0.${i >> 4}.${i & 15}`
    const server = serverByHash(servers, address, ({ weight }) => weight)
    return [addressBucket(address) % 4, server?.key]
  })
  for (const [bucket, key] of chosen) {
    t.equal(key, ['a:80', undefined, 'c:80', 'c:80'][bucket as number])
  }
  t.equal(
    serverByHash([], '10.0.0.1', () => 1),
    undefined,
  )
})
