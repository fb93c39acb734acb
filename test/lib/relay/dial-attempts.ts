import t from 'tap'
import type { ServiceBalancer } from '../../../lib/balance/service-balancer.ts'
import { DialAttempts } from '../../../lib/relay/dial-attempts.ts'
import type { RelayContext } from '../../../lib/relay/relay-context.ts'

t.test('the address of the client is asked for only where it makes a difference', async (t) => {
  const rows = [
    [true, '192.0.2.1', '192.0.2.1'],
    [false, '192.0.2.1', ''],
    [true, undefined, ''],
  ] as const
  for (const [needsClient, remoteAddress, expected] of rows) {
    const balancer = { needsClient } as ServiceBalancer
    const dials = new DialAttempts({
      balancer,
      context: {} as RelayContext,
      client: { remoteAddress },
    })
    t.equal(dials.clientAddress, expected)
  }
})
