import t from 'tap'
import { roundRobin } from '../../../../lib/lab/ipvs-schedulers/round-robin.ts'
import { anyClient, serversOf } from '../../../fixtures/scheduler-servers.ts'

t.test('goes round, and passes over those of weight 0', async (t) => {
  const servers = serversOf([[1], [0], [3], [1]])
  const chosen: (string | undefined)[] = []
  for (let i = 0; i < 7; i++) {
    chosen.push(roundRobin({ ...anyClient, servers, last: chosen.at(-1) })?.key)
  }
  t.same(chosen, ['a:80', 'c:80', 'd:80', 'a:80', 'c:80', 'd:80', 'a:80'])
})

t.test(
  'a single server comes after itself; one that is gone is followed by the first',
  async (t) => {
    t.equal(roundRobin({ ...anyClient, servers: serversOf([[1]]), last: 'a:80' })?.key, 'a:80')
    const servers = serversOf([[1], [1]])
    t.equal(roundRobin({ ...anyClient, servers, last: 'gone:80' })?.key, 'a:80')
  },
)

t.test('connections do not count', async (t) => {
  const servers = serversOf([
    [1, 900],
    [1, 0],
  ])
  t.equal(roundRobin({ ...anyClient, servers })?.key, 'a:80')
})

t.test('without a server of any weight the client is refused', async (t) => {
  for (const servers of [[], serversOf([[0], [0]])]) {
    t.equal(roundRobin({ ...anyClient, servers }), undefined)
  }
})
