import t from 'tap'
import { whoseAddress } from '../../../../lib/lab/scenes/whose-address.ts'

t.test('the client, the node, or nobody that is known, also in a model', (t) => {
  const lab = { clientAddress: '127.0.2.1', nodeAddresses: ['127.0.0.1'] }
  for (const [address, whose] of [
    ['127.0.2.1', 'client'],
    ['10.244.10.2', 'client'],
    ['127.0.0.1', 'node'],
    ['10.244.13.1', 'node'],
    ['192.168.77.1', 'node'],
    ['192.0.2.1', 'unknown'],
    ['', 'unknown'],
  ] as const) {
    t.equal(whoseAddress(address, lab), whose, address)
  }
  t.equal(whoseAddress('', { ...lab, clientAddress: '' }), 'unknown')
  t.equal(whoseAddress('127.0.0.1', { ...lab, clientAddress: '' }), 'node')
  t.end()
})
