import t from 'tap'
import { RoundRobin } from '../../../../lib/balance/round-robin.ts'
import { parseOptions } from '../../../../lib/options.ts'
import { InProcessDataPlane } from '../../../../lib/relay/in-process-data-plane.ts'
import { createDataPlane } from '../../../../lib/relay/workers/create-data-plane.ts'
import { WorkersDataPlane } from '../../../../lib/relay/workers/workers-data-plane.ts'
import { SharedPorts } from '../../../../lib/shared-ports.ts'
import { proxySocketSpec } from '../../../fixtures/data-plane.ts'

const events = {
  listener() {},
  connection() {},
  close() {},
  fault() {},
  watchesConnections: () => false,
}

t.test('one worker is this thread, more are threads', async (t) => {
  const one = createDataPlane({ options: parseOptions(), events })
  t.type(one, InProcessDataPlane)
  one.watchesChanged()
  t.equal(one.lostWorkers, 0)
  const two = createDataPlane({ options: parseOptions({ workers: 2 }), events })
  t.teardown(() => two.close({ graceMs: 0 }))
  t.type(two, WorkersDataPlane)
  await two.apply({ set: [proxySocketSpec('web')], removed: [] })
  const [status] = await two.stats()
  t.equal(status?.key, 'web')
  t.match(status?.listeners, [{ error: undefined }])
})

const unshared = {
  'a load balancer that is a function': { loadBalancer: () => new RoundRobin() },
  'listening sockets of a parent process': { sharedPorts: new SharedPorts() },
}

for (const [what, given] of Object.entries(unshared)) {
  t.test(`threads cannot have ${what}`, async (t) => {
    const options = parseOptions({ workers: 2 })
    t.throws(() => createDataPlane({ options, events, ...given }), {
      code: 'ERR_INVALID_OPTION',
      message: /^workers is 2, .*; 1 would be right$/,
    })
    t.type(createDataPlane({ options: parseOptions(), events, ...given }), InProcessDataPlane)
  })
}
