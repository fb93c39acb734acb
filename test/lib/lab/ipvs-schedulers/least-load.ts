import fc from 'fast-check'
import t from 'tap'
import { leastLoad } from '../../../../lib/lab/ipvs-schedulers/least-load.ts'
import { serversOf } from '../../../fixtures/scheduler-servers.ts'

t.test('no server has less load for its weight, and none before it as little', async () => {
  const row = fc.tuple(fc.nat(5), fc.nat(20))
  fc.assert(
    fc.property(fc.array(row, { maxLength: 8 }), (rows) => {
      const servers = serversOf(rows)
      const loadOf = (server: { activeConnections: number; weight: number }) =>
        server.activeConnections / server.weight
      const able = servers.filter(({ weight }) => weight > 0)
      const least = leastLoad(servers, ({ activeConnections }) => activeConnections)
      const best = Math.min(...able.map(loadOf))
      return least === able.find((server) => loadOf(server) === best)
    }),
  )
})
