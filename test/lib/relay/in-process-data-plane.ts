import t from 'tap'
import { parseOptions } from '../../../lib/options.ts'
import { InProcessDataPlane } from '../../../lib/relay/in-process-data-plane.ts'
import { endpointAt } from '../../fixtures/data-plane.ts'
import { proxySocketSpec, testDataPlane } from '../../fixtures/data-plane-conformance.ts'
import { exchange, startNamed } from '../../fixtures/tcp.ts'

testDataPlane(t, { workers: 1 })

t.test('a scheduler of the user is asked', async (t) => {
  const [a, b] = [await startNamed(t, 'a'), await startNamed(t, 'b')]
  let made = 0
  const plane = new InProcessDataPlane({
    options: parseOptions(),
    events: {
      listener() {},
      connection() {},
      close() {},
      fault() {},
      watchesConnections: () => false,
    },
    loadBalancer: () => {
      made++
      return {
        pick: (endpoints) =>
          endpoints.find(({ port }) => port === b.port) ?? (endpoints[0] as never),
      }
    },
  })
  t.teardown(() => plane.close({ graceMs: 0 }))
  const endpoints = [endpointAt(a.port), endpointAt(b.port)].sort((x, y) =>
    x.key < y.key ? -1 : 1,
  )
  await plane.apply({ set: [proxySocketSpec('a', { endpoints })], removed: [] })
  const port = (await plane.stats())[0]?.listeners[0]?.port ?? 0
  for (let i = 0; i < 3; i++) t.equal((await exchange(t, port)).bytes.toString(), 'b')
  t.equal(made, 1)
})
