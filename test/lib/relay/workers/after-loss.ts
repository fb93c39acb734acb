import t from 'tap'
import type { Legacy } from '../../../../lib/relay/data-plane.ts'
import { noCounts } from '../../../../lib/relay/counts.ts'
import { afterLoss } from '../../../../lib/relay/workers/after-loss.ts'

function legacy(counts: Partial<typeof noCounts>): Legacy {
  return {
    counts: [
      { servicePortKey: 'web', counts: { ...noCounts, ...counts }, failedDials: [['a', 1]] },
    ],
    pins: [{ key: 'web', isInside: false, pins: [['10.0.0.1', 'a', 5]] }],
  }
}

t.test('what was open is over, and nothing else is changed', async (t) => {
  const closed = { ended: 2, 'worker-lost': 1 }
  t.strictSame(
    afterLoss(legacy({ opened: 7, open: 3, closed, failed: { loop: 1 } })),
    legacy({ opened: 7, open: 0, closed: { ended: 2, 'worker-lost': 4 }, failed: { loop: 1 } }),
  )
  t.strictSame(
    afterLoss(legacy({ opened: 1, open: 1 })),
    legacy({ opened: 1, closed: { 'worker-lost': 1 } }),
  )
  const idle = legacy({ opened: 2, closed })
  t.strictSame(afterLoss(idle), idle)
})
