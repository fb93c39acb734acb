import t from 'tap'
import type { Answer } from '../../../../lib/lab/lab.ts'
import { LatencyHistograms } from '../../../../lib/lab/page/latency-histograms.ts'

const answer: Answer = { outcome: 'ok', pod: 'pod-1', seenClient: '', durationMs: 1, attempts: 1 }

t.test('one for each mode that was used, in the order of the modes', async (t) => {
  const latencies = new LatencyHistograms()
  latencies.add('nftables', [answer])
  latencies.add('direct', [answer, answer])
  latencies.add('nftables', [{ ...answer, outcome: 'refused' }])
  t.match(latencies.tallies(), [
    { mode: 'direct', answered: 2, failed: 0 },
    { mode: 'nftables', answered: 1, failed: 1 },
  ])
  latencies.clear()
  t.same(latencies.tallies(), [])
})
