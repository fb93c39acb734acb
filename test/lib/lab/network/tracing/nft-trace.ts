import t from 'tap'
import { kernelSteps } from '../../../../../lib/lab/network/tracing/kernel-steps.ts'
import { parseNftTrace } from '../../../../../lib/lab/network/tracing/nft-trace.ts'

const packet = (chain: string, destination: string, port: number, id = 'abdb8f23') =>
  `trace id ${id} ip kube-proxy ${chain} packet: iif "client" ether saddr ca:39:8c:d0:22:be ` +
  `ip saddr 10.244.10.2 ip daddr ${destination} ip dscp cs0 ip ttl 64 ip id 53143 ip length 60 ` +
  `tcp sport 40912 tcp dport ${port} tcp flags == syn tcp window 64240 `

/** As nft 1.0.6 prints it. */
const text = `${packet('nat-prerouting', '10.96.0.10', 80)}
trace id abdb8f23 ip kube-proxy nat-prerouting rule jump services (verdict jump services)
trace id abdb8f23 ip kube-proxy services rule ip daddr . meta l4proto . th dport vmap @service-ips (verdict goto service-X-default/web/tcp/http)
trace id 11111111 ip kube-proxy services rule something of another packet (verdict accept)
trace id abdb8f23 ip kube-proxy endpoint-X-default/web/tcp/http__10.244.11.2/8080 rule meta l4proto tcp dnat to 10.244.11.2:8080 (verdict accept)
${packet('filter-forward', '10.244.11.2', 8080)}
trace id abdb8f23 ip kube-proxy filter-forward policy accept 
nonsense
`

t.test('nft monitor trace is read, of the first packet only', (t) => {
  t.same(
    parseNftTrace(text, 0).map(({ chain, rule, destination }) => [chain, rule, destination]),
    [
      ['nat-prerouting', 'jump services', '10.96.0.10:80'],
      ['services', 'ip daddr . meta l4proto . th dport vmap @service-ips', '10.96.0.10:80'],
      [
        'endpoint-X-default/web/tcp/http__10.244.11.2/8080',
        'meta l4proto tcp dnat to 10.244.11.2:8080',
        '10.96.0.10:80',
      ],
      ['filter-forward', '', '10.244.11.2:8080'],
    ],
  )
  t.same(
    kernelSteps(parseNftTrace(text, 0)).map(({ station }) => station),
    ['client', 'prerouting', 'rule', 'rule', 'rule', 'dnat', 'forward'],
  )
  t.end()
})

t.test('of several packets that of the client which has asked', (t) => {
  const other = packet('nat-prerouting', '10.96.0.10', 80, 'other').replace('40912', '40913')
  const both = `${other}\ntrace id other ip kube-proxy services rule drop (verdict drop)\n${text}`
  t.same(parseNftTrace(both, 40_912), parseNftTrace(text, 0))
  t.same(
    parseNftTrace(both, 40_913).map(({ rule }) => rule),
    ['drop'],
  )
  t.same(parseNftTrace(both, 0), parseNftTrace(both, 40_913))
  t.end()
})
