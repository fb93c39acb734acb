import t from 'tap'
import { refusalOf } from '../../../../lib/lab/page/request-guard.ts'

const right = { host: '127.0.0.1:10270' }
const own = { ...right, 'x-userspace-proxy-lab': '1' }

t.test('requests of the page', async (t) => {
  for (const [method, headers] of [
    ['GET', right],
    ['GET', { host: 'localhost:10270' }],
    ['GET', { ...right, origin: 'http://127.0.0.1:10270', 'sec-fetch-site': 'same-origin' }],
    ['GET', { ...right, 'sec-fetch-site': 'none' }],
    ['POST', own],
    ['POST', { ...own, origin: 'http://127.0.0.1:10270' }],
  ] as const) {
    t.equal(refusalOf({ method, headers, port: 10_270 }), '')
  }
})

t.test('requests of others', async (t) => {
  for (const [method, headers, why] of [
    ['GET', {}, /host/],
    ['GET', { host: 'attacker.example:10270' }, /host attacker/],
    ['GET', { host: '127.0.0.1:80' }, /host/],
    ['GET', { ...right, origin: 'http://attacker.example' }, /origin http:\/\/attacker/],
    ['GET', { ...right, origin: 'null' }, /origin null/],
    ['GET', { ...right, origin: 'http://localhost:10270' }, /origin/],
    ['GET', { ...right, 'sec-fetch-site': 'cross-site' }, /another site/],
    ['POST', right, /header/],
    ['POST', { ...right, 'x-userspace-proxy-lab': '2' }, /header/],
  ] as const) {
    t.match(refusalOf({ method, headers, port: 10_270 }), why)
  }
})
