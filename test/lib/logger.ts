import t from 'tap'
import { silentLogger } from '../../lib/logger.ts'

t.test('the default logger says nothing', async (t) => {
  for (const level of ['debug', 'info', 'warn', 'error'] as const)
    t.equal(silentLogger[level]({ event: 'sync' }, 'x'), undefined)
})
