import t from 'tap'
import { roundedMs } from '../../../../../../lib/lab/page/assets/view/rounded-ms.ts'

t.test('as many digits as mean something', async (t) => {
  for (const [ms, text] of [
    [0.4512, '0.45'],
    [1.26, '1.3'],
    [27.4, '27'],
    [1043.2, '1043'],
  ] as const) {
    t.equal(roundedMs(ms), text)
  }
})
