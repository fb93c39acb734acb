import t from 'tap'
import { nearestService } from '../../../bin/explain/nearest-service.ts'

const services = ['shop/web', 'shop/db', 'test/webshop', 'kube-system/kube-dns']

const rows = [
  ['shop/wbe', 'shop/web', 'a slip of the fingers'],
  ['default/web', 'shop/web', 'the namespace is forgotten'],
  ['default/kube-dns', 'kube-system/kube-dns', 'also where it is long'],
  ['test/web-shop', 'test/webshop', 'a dash is nothing'],
  ['other/thing', undefined, 'another name'],
] as const

for (const [written, nearest, why] of rows) {
  t.test(`${written}: ${why}`, async (t) => {
    t.equal(nearestService(written, services), nearest)
  })
}

t.test('where there is none, none is near', async (t) => {
  t.equal(nearestService('shop/web', []), undefined)
})
