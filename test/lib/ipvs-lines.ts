import t from 'tap'
import { ipvsLines } from '../../lib/ipvs-lines.ts'
import type { VirtualServer } from '../../lib/virtual-servers.ts'

const server: VirtualServer = {
  namespace: 'shop',
  name: 'web',
  port: 'http',
  protocol: 'TCP',
  entry: 'internal',
  way: 'cluster-ip',
  address: '10.96.0.10',
  portNumber: 80,
  scheduler: 'rr',
  persistentSeconds: 0,
  realServers: [
    { address: '10.244.1.7', port: 8080, weight: 1, activeConnections: 3, inactiveConnections: 0 },
    { address: '10.244.2.9', port: 8080, weight: 0, activeConnections: 0, inactiveConnections: 12 },
  ],
}

// As ipvsadm 1.31 prints it, blanks at the ends of the lines included.
t.test('virtual servers look as with ipvsadm -Ln', async (t) => {
  const real = { address: 'fd00:10:244:1::7', port: 53, weight: 1 } as const
  const dns: VirtualServer = {
    ...server,
    protocol: 'UDP',
    address: 'fd00:96::a',
    portNumber: 53,
    persistentSeconds: 10_800,
    realServers: [{ ...real, activeConnections: 0, inactiveConnections: 1_234_567_890_123 }],
  }
  t.same(ipvsLines([server, { ...server, portNumber: 443, realServers: [] }, dns]), [
    'IP Virtual Server version 1.2.1 (size=4096)',
    'Prot LocalAddress:Port Scheduler Flags',
    '  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn',
    'TCP  10.96.0.10:80 rr',
    '  -> 10.244.1.7:8080              Masq    1      3          0         ',
    '  -> 10.244.2.9:8080              Masq    0      0          12        ',
    'TCP  10.96.0.10:443 rr',
    'UDP  [fd00:96::a]:53 rr persistent 10800',
    '  -> [fd00:10:244:1::7]:53        Masq    1      0          1234567890123',
  ])
})

t.test('the columns are those of printf("  -> %-28s %-7s %-6d %-10u %-10u\\n")', async (t) => {
  const [, , header = '', , line = ''] = ipvsLines([server])
  for (const [name, value] of Object.entries({ Forward: 'Masq', Weight: '1', ActiveConn: '3' })) {
    t.equal(line.indexOf(value, 30), header.indexOf(name), name)
  }
  t.equal(line.lastIndexOf('0 '), header.indexOf('InActConn'))
})
