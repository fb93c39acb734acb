import t from 'tap'
import { nftChanges } from '../../../../../lib/lab/network/carriers/nft-changes.ts'
import { nftListing } from '../../../../../lib/lab/network/carriers/nft-listing.ts'
import { webService } from '../../../../../lib/lab/network/addresses.ts'
import { NftTable } from '../../../../../lib/lab/render/nftables/nft-table.ts'

function tableOf(endpoints: readonly number[]): NftTable {
  const table = new NftTable('ip kube-proxy', 'rules for kube-proxy')
  table.container('map', 'service-ips', ['type ipv4_addr : verdict', 'comment "x"'])
  table.chain('nat-prerouting', 'type nat hook prerouting priority -100; policy accept;')
  table.rule('nat-prerouting', 'ip daddr vmap @service-ips')
  table.rule('service-X-default/web/tcp/http', `numgen random mod ${endpoints.length}`)
  table.element('service-ips', '10.96.0.10', `goto service-X-default/web/tcp/http`)
  for (const i of endpoints) {
    table.rule(`endpoint-${i}`, `dnat to 10.0.0.${i}:80`, 'c')
    table.rule('service-X-default/web/tcp/http', `goto endpoint-${i}`)
  }
  return table
}

t.test('a table is made: containers, chains, rules, elements', (t) => {
  t.same(nftChanges(undefined, tableOf([1])), [
    'add table ip kube-proxy',
    'add map ip kube-proxy service-ips { type ipv4_addr : verdict; comment "x"; }',
    'add chain ip kube-proxy nat-prerouting { type nat hook prerouting priority -100; policy accept; }',
    'add chain ip kube-proxy service-X-default/web/tcp/http',
    'add chain ip kube-proxy endpoint-1',
    'add rule ip kube-proxy nat-prerouting ip daddr vmap @service-ips',
    'add rule ip kube-proxy service-X-default/web/tcp/http numgen random mod 1',
    'add rule ip kube-proxy service-X-default/web/tcp/http goto endpoint-1',
    'add rule ip kube-proxy endpoint-1 dnat to 10.0.0.1:80 comment "c"',
    'add element ip kube-proxy service-ips { 10.96.0.10 : goto service-X-default/web/tcp/http }',
  ])
  t.end()
})

t.test('and changed where it differs', (t) => {
  const [before, after] = [tableOf([1, 2]), tableOf([2, 3])]
  after.element('service-ips', '10.96.0.11', 'drop')
  const place = 'ip kube-proxy service-X-default/web/tcp/http'
  t.same(nftChanges(before, after), [
    'add chain ip kube-proxy endpoint-3',
    `flush chain ${place}`,
    `add rule ${place} numgen random mod 2`,
    `add rule ${place} goto endpoint-2`,
    `add rule ${place} goto endpoint-3`,
    'add rule ip kube-proxy endpoint-3 dnat to 10.0.0.3:80 comment "c"',
    'add element ip kube-proxy service-ips { 10.96.0.11 : drop }',
    'flush chain ip kube-proxy endpoint-1',
    'delete chain ip kube-proxy endpoint-1',
  ])
  t.same(nftChanges(after, after), [])
  t.same(
    nftChanges(after, before).filter((command) => command.includes('element')),
    ['delete element ip kube-proxy service-ips { 10.96.0.11 }'],
  )
  t.end()
})

t.test('it is listed in the order in which a packet may be asked', (t) => {
  t.same(
    nftListing(tableOf([1]), webService).map(({ chain, isOfService }) => [chain, isOfService]),
    [
      ['chain nat-prerouting', false],
      ['map service-ips', true],
      ['chain service-X-default/web/tcp/http', true],
      ['chain service-X-default/web/tcp/http', true],
      ['chain endpoint-1', false],
    ],
  )
  t.end()
})
