import t from 'tap'
import { stationLabel } from '../../../../../../lib/lab/page/assets/view/station-label.ts'

t.test('a rule is told by what is telling in it', async (t) => {
  for (const [rule, label] of [
    ['-A KUBE-SERVICES -d 10.96.0.10/32 -j KUBE-SVC-X', 'KUBE-SERVICES'],
    ['ip daddr . meta l4proto . th dport vmap @service-ips', '@service-ips'],
    ['numgen random mod 3 vmap { 0 : goto endpoint-X }', 'numgen random'],
    ['meta l4proto tcp dnat to 10.244.11.2:8080', 'dnat to'],
    ['jump services', 'jump services'],
    ['reject', 'rule'],
  ] as const) {
    t.equal(stationLabel({ station: 'rule', rule }, { name: 'rule', room: 30 }), label)
  }
})

t.test('any other station is told by its name', async (t) => {
  const station = { station: 'dnat', rule: '-A KUBE-SEP-X -j DNAT' }
  t.equal(stationLabel(station, { name: 'DNAT', room: 30 }), 'DNAT')
})

t.test('what has no room is cut', async (t) => {
  const station = { station: 'pod', rule: '' }
  t.equal(stationLabel(station, { name: 'prerouting', room: 10 }), 'prerouting')
  t.equal(stationLabel(station, { name: 'prerouting', room: 5 }), 'prer…')
  t.equal(stationLabel(station, { name: 'prerouting', room: 0 }), 'p…')
})
