import t from 'tap'
import { connections } from '../../../bin/get/connections.ts'
import type { Format } from '../../../bin/get/format.ts'
import { newsOf } from '../../../bin/get/news.ts'
import { services } from '../../../bin/get/services.ts'
import type { ConnectionStatus } from '../../../lib/index.ts'
import { connectionStatus, proxiedStatus } from '../../fixtures/statuses.ts'

const changes: readonly (readonly [string, Partial<ConnectionStatus>, readonly Format[]])[] = [
  ['its age', { ageMs: 99_000 }, []],
  ['its bytes', { bytesFromClient: 99_000 }, ['wide', 'json', 'yaml']],
  ['its bytes, by less than is shown', { bytesFromEndpoint: 1025 }, ['json', 'yaml']],
  ['its state', { state: 'client-ended' }, ['table', 'wide', 'json', 'yaml']],
  ['that it drains', { draining: 'closing' }, ['table', 'wide', 'json', 'yaml']],
]

for (const [what, change, formats] of changes) {
  t.test(`of a connection ${what} is news to: ${formats.join(', ') || 'nobody'}`, async (t) => {
    for (const format of ['table', 'wide', 'json', 'yaml'] as const) {
      const news = newsOf(connections, format)
      const isNews = news(connectionStatus()) !== news(connectionStatus(change))
      t.equal(isNews, formats.includes(format), format)
    }
  })
}

t.test('of a Service a count that no column shows is no news', async (t) => {
  const before = proxiedStatus()
  const after = proxiedStatus({ counts: { ...before.counts, opened: 7 } })
  t.equal(newsOf(services, 'table')(before), newsOf(services, 'table')(after))
  t.not(newsOf(services, 'wide')(before), newsOf(services, 'wide')(after))
})
