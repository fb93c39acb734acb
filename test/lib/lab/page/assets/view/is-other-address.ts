import t from 'tap'
import { isOtherAddress } from '../../../../../../lib/lab/page/assets/view/is-other-address.ts'

t.test('an unknown port is no other place', async (t) => {
  for (const [before, now, isOther] of [
    ['10.0.0.1:80', '10.0.0.1:80', false],
    ['10.0.0.1:80', '10.0.0.1:81', true],
    ['10.0.0.1:80', '10.0.0.1', false],
    ['10.0.0.1', '10.0.0.1:80', false],
    ['10.0.0.1:80', '10.0.0.12', true],
    ['10.0.0.1', '10.0.0.12:80', true],
  ] as const) {
    t.equal(isOtherAddress(before, now), isOther, `${before} ${now}`)
  }
})
