import t from 'tap'
import type { ExplainQuery } from '../../../lib/explain/explain-query.ts'
import { parseExplainQuery } from '../../../lib/explain/explain-query.ts'

const nothingElse = {
  client: '',
  via: 'cluster',
  protocol: undefined,
  family: undefined,
}

t.test('a Service is named with or without its namespace and port', async (t) => {
  const rows = [
    ['shop/web:http', 'shop', 'web', 'http'],
    ['shop/web:80', 'shop', 'web', '80'],
    ['shop/web', 'shop', 'web', undefined],
    ['web:http', 'default', 'web', 'http'],
    ['web', 'default', 'web', undefined],
  ] as const
  for (const [service, namespace, name, port] of rows) {
    t.same(parseExplainQuery({ service }), { namespace, name, port, ...nothingElse }, service)
  }
})

t.test('the rest may be in any case, and addresses in any form', async (t) => {
  t.match(
    parseExplainQuery({
      service: 'web',
      client: '::FFFF:10.0.0.1',
      via: 'Node-Port',
      protocol: 'udp',
      family: 'ipv6',
    } as unknown as ExplainQuery),
    { client: '10.0.0.1', via: 'node-port', protocol: 'UDP', family: 'IPv6' },
  )
  t.match(parseExplainQuery({ service: 'web', client: undefined, via: undefined }), nothingElse)
})

const wrong: readonly (readonly [object, string])[] = [
  [{}, 'service is ""; a Service such as shop/web:http would be right'],
  [{ service: 'a/b/c' }, 'service is "a/b/c"; a Service such as shop/web:http would be right'],
  [{ service: 'a/b:' }, 'service is "a/b:"; a Service such as shop/web:http would be right'],
  [{ service: 'a', client: '10.0.0' }, 'client is "10.0.0"; an IP address would be right'],
  [
    { service: 'a', client: 'fe80::1%eth0' },
    'client is "fe80::1%eth0"; an IP address would be right',
  ],
  [
    { service: 'a', via: 'nodeport' },
    'via is "nodeport"; cluster, external, load-balancer or node-port would be right',
  ],
  [{ service: 'a', protocol: 'SCTP' }, 'protocol is "SCTP"; TCP or UDP would be right'],
  [{ service: 'a', family: '4' }, 'family is "4"; IPv4 or IPv6 would be right'],
  [
    { service: 'a', clinet: '10.0.0.1' },
    'clinet is nothing to ask; one of service, client, via, protocol, family would be right',
  ],
]

for (const [query, message] of wrong) {
  t.test(`refuses ${JSON.stringify(query)}`, async (t) => {
    t.throws(() => parseExplainQuery(query as ExplainQuery), {
      code: 'ERR_INVALID_OPTION',
      message,
    })
  })
}
