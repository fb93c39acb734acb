import t from 'tap'
import { iptablesChanges } from '../../../../../lib/lab/network/carriers/iptables-changes.ts'
import { iptablesListing } from '../../../../../lib/lab/network/carriers/iptables-listing.ts'
import { webService } from '../../../../../lib/lab/network/addresses.ts'

const table = (...lines: readonly string[]) => `*nat\n${lines.join('\n')}\nCOMMIT\n`
const before = table(
  ':PREROUTING ACCEPT [0:0]',
  ':A - [0:0]',
  ':B - [0:0]',
  ':C - [0:0]',
  '-A PREROUTING -j A',
  '-A A -j B',
  '-A B -j ACCEPT',
  '-A C -j DROP',
)

t.test('only what differs is written, chain by chain', (t) => {
  const after = table(
    ':PREROUTING ACCEPT [0:0]',
    ':A - [0:0]',
    ':B - [0:0]',
    ':D - [0:0]',
    '-A PREROUTING -j A',
    '-A A -j B',
    '-A A -j D',
    '-A B -j ACCEPT',
  )
  t.equal(
    iptablesChanges(before, after, Infinity),
    table(':A - [0:0]', ':D - [0:0]', '-A A -j B', '-A A -j D', '-F C', '-X C'),
  )
  t.equal(iptablesChanges(before, before, Infinity), '')
  t.end()
})

t.test('to nothing, and in small transactions', (t) => {
  t.equal(
    iptablesChanges(before, '', 4),
    table('-F PREROUTING', '-F A', '-F B', '-F C') + table('-X A', '-X B', '-X C'),
  )
  t.end()
})

t.test('rules are listed in the order in which a packet may be asked, with counters', (t) => {
  const saved = `*nat
:PREROUTING ACCEPT [0:0]
[7:420] -A PREROUTING -j KUBE-SERVICES
[0:0] -A POSTROUTING -j KUBE-POSTROUTING
[1:60] -A KUBE-POSTROUTING -j RETURN
[3:180] -A KUBE-SEP-X -p tcp -m comment --comment "default/web:http" -m tcp -j DNAT --to-destination 10.1.1.1:80
[4:240] -A KUBE-SERVICES -m comment --comment "default/web:http cluster IP" -j KUBE-SVC-X
[3:180] -A KUBE-SVC-X -m comment --comment "default/web:http" -j KUBE-SEP-X
[9:9] -A NOBODY -j ACCEPT
COMMIT
`
  const listed = iptablesListing(saved, webService)
  t.same(
    listed.map(({ chain, packets, isOfService }) => [chain, packets, isOfService]),
    [
      ['nat PREROUTING', 7, false],
      ['nat KUBE-SERVICES', 4, true],
      ['nat KUBE-SVC-X', 3, true],
      ['nat KUBE-SEP-X', 3, true],
      ['nat POSTROUTING', 0, false],
      ['nat KUBE-POSTROUTING', 1, false],
    ],
  )
  t.end()
})
