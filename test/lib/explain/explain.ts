import t from 'tap'
import { explain } from '../../../lib/explain/explain.ts'
import { DesiredState } from '../../../lib/model/desired-state.ts'
import type { ClientView } from '../../../lib/relay/data-plane.ts'
import { portOf, serviceOf, sliceOf } from '../../fixtures/model-objects.ts'

const view: ClientView = {
  isAdmitted: false,
  isInside: false,
  pin: null,
  endpoints: [],
  next: { endpoint: null, why: 'source-range' },
}

function sources(answer: ClientView | undefined) {
  const desired = new DesiredState()
  desired.set(
    serviceOf({
      type: 'NodePort',
      ports: [portOf({ nodePort: 30_080 })],
      externalTrafficPolicy: 'Local',
    }),
  )
  desired.set(sliceOf(['10.0.0.1']))
  desired.takeChanges()
  const asked: string[] = []
  const dataPlane = {
    explain: async (key: string, client: string) => {
      asked.push(`${key} ${client}`)
      return answer
    },
  }
  const servicePorts = desired.servicePorts()
  return { asked, known: { dataPlane, servicePorts, notProxied: desired.notProxied() } }
}

t.test('it asks the proxy socket of the entry that the client comes by', async (t) => {
  const { asked, known } = sources(view)
  t.match(await explain({ service: 'web', client: '::ffff:192.0.2.1', via: 'external' }, known), {
    entry: 'external',
    client: '192.0.2.1',
    next: view.next,
    leftOut: [{ endpoint: '10.0.0.1:8080', reason: 'on another node' }],
  })
  t.match(await explain({ service: 'web' }, known), { entry: 'internal', client: null })
  t.same(asked, ['default/web:http/TCP/IPv4/external 192.0.2.1', 'default/web:http/TCP/IPv4 '])
})

t.test('before the proxy socket is there, that is said', async (t) => {
  await t.rejects(explain({ service: 'web' }, sources(undefined).known), {
    code: 'ERR_MISSING_SERVICE',
    message: 'default/web:http is not programmed yet',
  })
})
