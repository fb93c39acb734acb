import t from 'tap'
import { kernelSteps } from '../../../../../lib/lab/network/tracing/kernel-steps.ts'
import { parseXtablesTrace } from '../../../../../lib/lab/network/tracing/xtables-trace.ts'

const packet = (id: string, destination: string, port: number, rest = '') =>
  `PACKET: 2 ${id} IN=client ${rest}MACSRC=ca:39:8c:d0:22:be MACDST=9e:c6:1b:5c:89:e0 MACPROTO=0800 ` +
  `SRC=10.244.10.2 DST=${destination} LEN=60 TOS=0x0 TTL=64 ID=57265 DF SPORT=40906 DPORT=${port} SYN `

/** As iptables 1.8.9 prints it, with a packet that was sent again. */
const text = `${packet('13dbd521', '10.96.0.10', 80)}
 TRACE: 2 13dbd521 raw:PREROUTING:rule:0x2:CONTINUE  -4 -t raw -A PREROUTING -s 10.244.10.2/32 -j TRACE
 TRACE: 2 13dbd521 raw:PREROUTING:policy:ACCEPT 
${packet('13dbd521', '10.96.0.10', 80)}
 TRACE: 2 13dbd521 nat:PREROUTING:rule:0x4:JUMP:KUBE-SERVICES  -4 -t nat -A PREROUTING -m comment --comment "a b" -j KUBE-SERVICES
${packet('ffffffff', '10.96.0.10', 80)}
 TRACE: 2 ffffffff nat:PREROUTING:rule:0x4:JUMP:KUBE-SERVICES  -4 -t nat -A PREROUTING -j AGAIN
 TRACE: 2 13dbd521 nat:KUBE-SVC-X:rule:0x7:ACCEPT  -4 -t nat -A KUBE-SVC-X -p tcp -j DNAT --to-destination 10.244.11.2:8080
${packet('13dbd521', '10.244.11.2', 8080, 'OUT=pod ')}
 TRACE: 2 13dbd521 filter:FORWARD:policy:ACCEPT 
`

t.test('xtables-monitor is read, of the first packet only', (t) => {
  const place = { source: '10.244.10.2:40906', destination: '10.96.0.10:80' }
  t.same(parseXtablesTrace(text, 0), [
    {
      table: 'raw',
      chain: 'PREROUTING',
      rule: '-A PREROUTING -s 10.244.10.2/32 -j TRACE',
      ...place,
    },
    { table: 'raw', chain: 'PREROUTING', rule: '', ...place },
    {
      table: 'nat',
      chain: 'PREROUTING',
      ...place,
      rule: '-A PREROUTING -m comment --comment "a b" -j KUBE-SERVICES',
    },
    {
      table: 'nat',
      chain: 'KUBE-SVC-X',
      ...place,
      rule: '-A KUBE-SVC-X -p tcp -j DNAT --to-destination 10.244.11.2:8080',
    },
    {
      table: 'filter',
      chain: 'FORWARD',
      rule: '',
      ...place,
      destination: '10.244.11.2:8080',
    },
  ])
  t.same(parseXtablesTrace('', 0), [])
  t.end()
})

t.test('its stations', (t) => {
  const stations = (text: string) =>
    kernelSteps(parseXtablesTrace(text, 0)).map(
      ({ station, destination }) => `${station} ${destination}`,
    )
  t.same(stations(text), [
    ...['client', 'prerouting', 'rule', 'rule'].map((station) => `${station} 10.96.0.10:80`),
    ...['dnat', 'forward'].map((station) => `${station} 10.244.11.2:8080`),
  ])
  t.same(stations(''), [])
  const first = packet('1', '10.96.0.10', 80)
  const last = (rule: string) =>
    stations(`${first}\n TRACE: 2 1 filter:X:rule:0x4:Y  -4 -t filter -A X ${rule}`).at(-1)
  t.equal(last('-j REJECT --reject-with icmp-port-unreachable'), 'refused 10.96.0.10:80')
  t.equal(last('-j DROP'), 'dropped 10.96.0.10:80')
  t.equal(last('-j RETURN'), 'forward 10.96.0.10:80')
  // Where no later hook has seen it, the rule says where it is led to.
  t.equal(last('-j DNAT --to-destination 10.1.1.1:81'), 'forward 10.1.1.1:81')
  t.equal(last('-j REDIRECT --to-ports 4000'), 'input ')
  t.end()
})

t.test('of several packets that of the client which has asked', (t) => {
  const other = packet('0000beef', '10.96.0.10', 80).replace('SPORT=40906', 'SPORT=40907')
  const rule = ' TRACE: 2 0000beef nat:OUTPUT:rule:0x4:ACCEPT  -4 -t nat -A OUTPUT -j ACCEPT'
  const both = `${other}\n${rule}\n${text}`
  t.same(parseXtablesTrace(both, 40_906), parseXtablesTrace(text, 0))
  t.match(parseXtablesTrace(both, 40_907), [
    { source: '10.244.10.2:40907', rule: '-A OUTPUT -j ACCEPT' },
  ])
  t.same(parseXtablesTrace(both, 0), parseXtablesTrace(both, 40_907))
  t.end()
})
