import t from 'tap'
import { countMistakes } from '../../../lib/model/count-mistakes.ts'

const names: readonly (readonly [string, string, number | undefined])[] = [
  ['manifests', 'manifests', 0],
  ['manifest', 'manifests', 1],
  ['maniffests', 'manifests', 1],
  ['outptu', 'output', 1],
  ['prots', 'ports', 1],
  ['bindAddress', 'bind-address', 0],
  ['BIND_ADDRESS', 'bind-address', 0],
  ['config', 'kubeconfig', undefined],
  ['x', 'o', undefined],
  ['', 'grace', undefined],
  ['grace'.repeat(20), 'grace', undefined],
]

for (const [written, right, mistakes] of names) {
  t.test(`${mistakes ?? 'too many'} mistakes make ${right} of ${written}`, async (t) => {
    t.equal(countMistakes(written, right), mistakes)
  })
}
