import t from 'tap'
import { Metrics } from '../../../lib/observe/metrics.ts'
import type { MetricsOptions } from '../../../lib/observe/metrics.ts'
import { Proxier } from '../../../lib/proxier.ts'
import { MemorySource } from '../../../lib/source/memory-source.ts'
import { parseMetrics } from '../../fixtures/metrics.ts'

const names = [
  'userspace_proxy_connection_log_lines_total',
  'userspace_proxy_kubernetes_events_total',
]

/** The series of both metrics, as `lost 2`. */
async function told(options: Partial<MetricsOptions>): Promise<string[][]> {
  const metrics = new Metrics({
    proxier: new Proxier({ source: new MemorySource([]) }),
    ...options,
  })
  const families = parseMetrics((await metrics.text()).text)
  metrics.close()
  return names.map((name) =>
    (families.get(name)?.series ?? []).map(({ labels, value }) => `${labels['result']} ${value}`),
  )
}

t.test('lines of the connection log and Events are told as they are counted', async (t) => {
  const log = { written: 5, lost: 0 }
  const options = {
    connectionLog: log,
    kubernetesEvents: { counts: { written: 3, dropped: 2, suppressed: 1 } },
  }
  t.same(await told(options), [
    ['written 5', 'lost 0'],
    ['written 3', 'dropped 2', 'suppressed 1'],
  ])
  log.lost = 2
  t.same((await told(options))[0], ['written 5', 'lost 2'])
})

t.test('where there is no log, and nobody to write Events for, there are no series', async (t) => {
  t.same(await told({}), [[], []])
})
