import t from 'tap'
import { formatByteCount } from '../../bin/byte-count.ts'

const counts: readonly (readonly [number, string])[] = [
  [0, '0'],
  [1023, '1023'],
  [1024, '1Ki'],
  [1536, '1.5Ki'],
  [10 * 1024 + 1023, '10Ki'],
  [1024 ** 2 - 1, '1023Ki'],
  [1024 ** 2, '1Mi'],
  [20 * 1024 ** 2, '20Mi'],
  [1024 ** 3, '1Gi'],
  [2 * 1024 ** 4, '2Ti'],
  [Number.MAX_SAFE_INTEGER, '7.9Pi'],
  [5000 * 1024 ** 5, '5000Pi'],
]

for (const [bytes, text] of counts) {
  t.test(`${bytes} bytes are ${text}`, async (t) => {
    t.equal(formatByteCount(bytes), text)
  })
}
