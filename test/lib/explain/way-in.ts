import t from 'tap'
import type { Via } from '../../../lib/explain/explain-query.ts'
import { wayIn } from '../../../lib/explain/way-in.ts'
import { CIDR } from '../../../lib/address.ts'
import { DesiredState } from '../../../lib/model/desired-state.ts'
import type { Service } from '../../../lib/model/objects.ts'
import type { DesiredServicePort } from '../../../lib/model/service-port.ts'
import { portOf, serviceOf } from '../../fixtures/model-objects.ts'

function rowOf(fields: Partial<Service> = {}): DesiredServicePort {
  const desired = new DesiredState({
    externalIPCIDRs: [CIDR.parse('198.51.100.0/24') as CIDR],
  })
  desired.set(serviceOf(fields))
  desired.takeChanges()
  return desired.servicePorts()[0] as DesiredServicePort
}

const nodePort = { type: 'LoadBalancer', ports: [portOf({ nodePort: 30_080 })] } as const
const vip = { loadBalancerIngress: [{ ip: '203.0.113.1', ipMode: 'VIP' }] } as const
const restricted = { ...vip, loadBalancerSourceRanges: ['192.0.2.0/24'] }
const local = { externalTrafficPolicy: 'Local' } as const

const rows: readonly (readonly [Partial<Service>, Via, string])[] = [
  [{}, 'cluster', 'cluster-ip internal'],
  [nodePort, 'node-port', 'node-port internal'],
  [nodePort, 'external', 'node-port internal'],
  [{ ...nodePort, ...local }, 'cluster', 'cluster-ip internal'],
  [{ ...nodePort, ...local }, 'external', 'node-port external'],
  [{ ...nodePort, externalIPs: ['198.51.100.7'] }, 'external', 'external-ip internal'],
  [{ ...nodePort, ...vip }, 'load-balancer', 'load-balancer-ip internal'],
  [{ ...nodePort, ...restricted }, 'load-balancer', 'load-balancer-ip load-balancer'],
  [{ ...nodePort, ...restricted }, 'external', 'node-port internal'],
  [{ type: 'LoadBalancer', ...restricted }, 'external', 'load-balancer-ip load-balancer'],
]

for (const [fields, via, wanted] of rows) {
  t.test(`by ${via} into ${JSON.stringify(fields)}`, async (t) => {
    const { way, entry, desired } = wayIn(rowOf(fields), via)
    t.equal(`${way} ${entry.name}`, wanted)
    t.equal(desired.name, entry.name)
    t.ok(entry.ways.includes(way))
  })
}

const refused: readonly (readonly [Partial<Service>, Via, string])[] = [
  [{}, 'external', 'cluster'],
  [nodePort, 'load-balancer', 'cluster, external or node-port'],
  [{ type: 'LoadBalancer', ...vip }, 'node-port', 'cluster, external or load-balancer'],
  [
    { ...nodePort, loadBalancerIngress: [{ ip: '203.0.113.1', ipMode: 'Proxy' }] },
    'load-balancer',
    'cluster, external or node-port',
  ],
]

for (const [fields, via, right] of refused) {
  t.test(`not by ${via} into ${JSON.stringify(fields)}`, async (t) => {
    t.throws(() => wayIn(rowOf(fields), via), {
      code: 'ERR_INVALID_OPTION',
      message: `via is "${via}", and default/web:http cannot be reached that way; ${right} would be right`,
    })
  })
}
