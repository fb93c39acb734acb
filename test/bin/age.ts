import t from 'tap'
import { formatAge } from '../../bin/age.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

// The cases of kubernetes v1.34 staging/src/k8s.io/apimachinery/pkg/util/duration/duration_test.go, as far as a connection gets
const ages: readonly (readonly [number, string])[] = [
  [-1, '0s'],
  [0, '0s'],
  [999, '0s'],
  [second, '1s'],
  [70 * second, '70s'],
  [119 * second, '119s'],
  [2 * minute, '2m'],
  [3 * minute + 4 * second, '3m4s'],
  [10 * minute, '10m'],
  [10 * minute + 59 * second, '10m'],
  [179 * minute, '179m'],
  [3 * hour, '3h'],
  [3 * hour + 10 * minute, '3h10m'],
  [8 * hour + 59 * minute, '8h'],
  [47 * hour, '47h'],
  [48 * hour, '2d'],
  [49 * hour, '2d1h'],
  [8 * day, '8d'],
  [8 * day + 5 * hour, '8d'],
  [400 * day, '400d'],
]

for (const [ms, text] of ages) {
  t.test(`an age of ${ms} ms is ${text}`, async (t) => {
    t.equal(formatAge(ms), text)
  })
}
