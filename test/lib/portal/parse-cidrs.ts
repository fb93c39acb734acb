import t from 'tap'
import { parseCIDRs } from '../../../lib/portal/parse-cidrs.ts'

t.test('reads a list of CIDRs', async (t) => {
  t.strictSame(parseCIDRs('x', ['10.96.0.0/12', 'fd00::/64']).map(String), [
    '10.96.0.0/12',
    'fd00::/64',
  ])
})

t.test('names the option and what is no CIDR', async (t) => {
  t.throws(() => parseCIDRs('serviceCIDRs', ['10.96.0.0/12', '10.96.0.0']), {
    code: 'ERR_INVALID_OPTION',
    message: 'serviceCIDRs holds "10.96.0.0"; a list of CIDRs (10.96.0.0/12) would be right',
  })
})
