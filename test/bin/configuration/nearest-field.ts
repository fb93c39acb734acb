import t from 'tap'
import { fields } from '../../../bin/configuration/fields.ts'
import { nearestField } from '../../../bin/configuration/nearest-field.ts'

const names: readonly (readonly [string, string | undefined])[] = [
  ['bindAdress', 'bindAddress'],
  ['BindAddress', 'bindAddress'],
  ['bind_address', 'bindAddress'],
  ['healthz-bind-address', 'healthzBindAddress'],
  ['kubeconfig', 'clientConnection.kubeconfig'],
  ['ipvs.syncPeriods', 'ipvs.syncPeriod'],
  ['nftables.syncPeriods', 'nftables.syncPeriod'],
  ['syncPeriods', 'iptables.syncPeriod'],
  // What is nearer by name is meant, though it is farther away.
  ['conntrack.udpIdleTimeout', 'udpIdleTimeout'],
  ['mod', 'mode'],
  ['m', undefined],
  ['', undefined],
  ['iptables.', undefined],
  ['proxyMode', undefined],
  ['constructor', undefined],
  [`bindAddress${'s'.repeat(60)}`, undefined],
]

for (const [path, nearest] of names) {
  t.test(`who writes ${JSON.stringify(path)} means ${nearest}`, async (t) => {
    t.equal(nearestField(path), nearest)
  })
}

t.test('every field is nearest to itself', async (t) => {
  for (const path of fields.keys()) t.equal(nearestField(path), path)
})
