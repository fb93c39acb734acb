import t from 'tap'
import type { IpvsSchedulerName } from '../../../../lib/lab/ipvs-schedulers/schedulers.ts'
import { ipvsSchedulers } from '../../../../lib/lab/ipvs-schedulers/schedulers.ts'
import { serversOf } from '../../../fixtures/scheduler-servers.ts'

/** How many of 256 clients, one connection each, which all stay open, come to each of three servers. */
function spread(name: IpvsSchedulerName, clients = 256): number[] {
  const servers = serversOf([[1], [1], [1]]).map((server) => ({ ...server }))
  let last: string | undefined
  for (let i = 0; i < clients; i++) {
    const source = `10.244.${i >> 4}.${i & 15}`
    const chosen = ipvsSchedulers[name]({ servers, source, destination: '10.96.0.10', last })
    if (chosen !== undefined) chosen.activeConnections++
    last = chosen?.key
  }
  return servers.map(({ activeConnections }) => activeConnections)
}

t.test('by connections that stay, rr, lc, sed and nq are the same', async (t) => {
  for (const name of ['rr', 'lc', 'sed', 'nq'] as const) t.same(spread(name), [86, 85, 85], name)
})

t.test('dh gives a Service one endpoint, and sh a client one', async (t) => {
  t.same(
    spread('dh').toSorted((a, b) => b - a),
    [256, 0, 0],
  )
  const counts = spread('sh')
  t.equal(
    counts.reduce((a, b) => a + b),
    256,
  )
  for (const count of counts) t.ok(count > 256 / 6, String(count))
  const servers = serversOf([[1], [1], [1]])
  const [once, twice] = ['10.96.0.10', '10.96.0.11'].map((destination) => {
    return ipvsSchedulers.sh({ servers, source: '10.244.0.20', destination })?.key
  })
  t.equal(once, twice)
})
