import t from 'tap'
import { parseExplainQuery } from '../../../lib/explain/explain-query.ts'
import type { ExplainQuery } from '../../../lib/explain/explain-query.ts'
import { findServicePort } from '../../../lib/explain/find-service-port.ts'
import { DesiredState } from '../../../lib/model/desired-state.ts'
import { portOf, serviceOf } from '../../fixtures/model-objects.ts'

const dualStack = ['10.96.0.10', 'fd00::10']

function known() {
  const desired = new DesiredState()
  const services = [
    serviceOf({ ports: [portOf({ name: '', port: 80 })] }),
    serviceOf({ name: 'many', ports: [portOf(), portOf({ name: 'admin', port: 8080 })] }),
    // A name that is the number of another port.
    serviceOf({ name: 'odd', ports: [portOf({ name: '90', port: 80 }), portOf({ port: 90 })] }),
    serviceOf({
      name: 'dns',
      clusterIPs: dualStack,
      ports: [
        portOf({ name: 'dns', port: 53 }),
        portOf({ name: 'dns', port: 53, protocol: 'UDP' }),
        portOf({ name: 'sctp', port: 54, protocol: 'SCTP' }),
      ],
    }),
    serviceOf({ name: 'dual', clusterIPs: dualStack }),
    serviceOf({ name: 'two', ports: [portOf(), portOf({ name: 'dns', protocol: 'UDP' })] }),
    serviceOf({ name: 'db', headless: true }),
    serviceOf({ name: 'sctp', ports: [portOf({ protocol: 'SCTP' })] }),
    serviceOf({ name: 'unnamed', ports: [portOf({ name: '', protocol: 'SCTP' })] }),
  ]
  for (const service of services) desired.set(service)
  desired.takeChanges()
  return { servicePorts: desired.servicePorts(), notProxied: desired.notProxied() }
}

const all = known()

function find(query: ExplainQuery): string {
  return findServicePort(all, parseExplainQuery(query)).servicePort.key
}

t.test('finds it by name or number, protocol and family', async (t) => {
  const rows: readonly (readonly [ExplainQuery, string])[] = [
    [{ service: 'web' }, 'default/web:/TCP/IPv4'],
    [{ service: 'web:80' }, 'default/web:/TCP/IPv4'],
    [{ service: 'default/many:admin' }, 'default/many:admin/TCP/IPv4'],
    [{ service: 'many:8080' }, 'default/many:admin/TCP/IPv4'],
    [{ service: 'odd:90' }, 'default/odd:90/TCP/IPv4'],
    [{ service: 'odd:80' }, 'default/odd:90/TCP/IPv4'],
    [{ service: 'dual', family: 'IPv6' }, 'default/dual:http/TCP/IPv6'],
    [{ service: 'dual', client: 'fd00:1::1' }, 'default/dual:http/TCP/IPv6'],
    [{ service: 'dual', client: '192.0.2.1' }, 'default/dual:http/TCP/IPv4'],
    [{ service: 'web', client: 'fd00:1::1' }, 'default/web:/TCP/IPv4'],
    [{ service: 'dns:53', protocol: 'UDP', family: 'IPv4' }, 'default/dns:dns/UDP/IPv4'],
    [{ service: 'two:dns' }, 'default/two:dns/UDP/IPv4'],
    [{ service: 'two', protocol: 'UDP' }, 'default/two:dns/UDP/IPv4'],
  ]
  for (const [query, key] of rows) t.equal(find(query), key, JSON.stringify(query))
})

const ambiguous: readonly (readonly [ExplainQuery, string])[] = [
  [{ service: 'many' }, 'default/many, of which there are 2; a port (admin, http) besides'],
  [{ service: 'two' }, 'default/two, of which there are 2; a port (dns, http) besides'],
  [{ service: 'dual' }, 'default/dual, of which there are 2; a family (IPv4, IPv6) besides'],
  [
    { service: 'dns:dns' },
    'default/dns:dns, of which there are 4; a protocol (TCP, UDP) and a family (IPv4, IPv6) besides',
  ],
  [
    { service: 'dns', client: '10.0.0.1' },
    'default/dns, of which there are 2; a protocol (TCP, UDP) besides',
  ],
]

for (const [query, message] of ambiguous) {
  t.test(
    `${JSON.stringify(query)} is several, and what tells them apart is asked for`,
    async (t) => {
      t.throws(() => find(query), {
        code: 'ERR_INVALID_OPTION',
        message: `service is ${message} would be right`,
      })
    },
  )
}

const absent: readonly (readonly [ExplainQuery, string])[] = [
  [{ service: 'wbe' }, 'there is no Service default/wbe'],
  [{ service: 'shop/web' }, 'there is no Service shop/web'],
  [{ service: 'many:htp' }, 'default/many has no port htp, but admin, http'],
  [{ service: 'web:http' }, 'default/web has no port http, but 80'],
  [{ service: 'web', protocol: 'UDP' }, 'default/web is there as TCP IPv4 only'],
  [
    { service: 'dual:http', protocol: 'UDP' },
    'default/dual:http is there as TCP IPv4, TCP IPv6 only',
  ],
  [
    { service: 'db' },
    'default/db is not proxied: headless Service: its clients dial the endpoints themselves',
  ],
  [
    { service: 'db:http' },
    'default/db is not proxied: headless Service: its clients dial the endpoints themselves',
  ],
  [{ service: 'dns:sctp' }, 'default/dns:sctp is not proxied: SCTP: Node has no socket for it'],
  [{ service: 'sctp' }, 'default/sctp:http is not proxied: SCTP: Node has no socket for it'],
  [{ service: 'sctp:80' }, 'default/sctp:http is not proxied: SCTP: Node has no socket for it'],
  [{ service: 'unnamed' }, 'default/unnamed is not proxied: SCTP: Node has no socket for it'],
]

for (const [query, message] of absent) {
  t.test(`${JSON.stringify(query)} is not there, and why is said`, async (t) => {
    t.throws(() => find(query), { code: 'ERR_MISSING_SERVICE', message })
  })
}
