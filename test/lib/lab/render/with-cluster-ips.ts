import t from 'tap'
import { kernelServicesOf } from '../../../fixtures/kernel-services.ts'

const ports = [{ port: 80 }]

t.test('a Service that was never in a cluster gets an address that no other has', async (t) => {
  const twoPorts = [
    { name: 'a', port: 80 },
    { name: 'b', port: 81 },
  ]
  const services = await kernelServicesOf([
    { name: 'one', spec: { ports: twoPorts } },
    { name: 'other', spec: { ports, clusterIP: '10.96.0.11' } },
    { name: 'two', spec: { ports } },
  ])
  t.same(
    services.map(({ text, clusterIP }) => [text, clusterIP]),
    [
      ['default/one:a', '10.96.0.10'],
      ['default/one:b', '10.96.0.10'],
      ['default/other', '10.96.0.11'],
      ['default/two', '10.96.0.12'],
    ],
  )
})
