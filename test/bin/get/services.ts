import t from 'tap'
import type { Format } from '../../../bin/get/format.ts'
import { formatter } from '../../../bin/get/format.ts'
import { services } from '../../../bin/get/services.ts'
import type { ProxiedStatus } from '../../../lib/index.ts'
import { proxiedStatus, splitStatus } from '../../fixtures/statuses.ts'

/** The only line below the header, with two spaces between columns. */
function line(status: ProxiedStatus, format: Format = 'table'): string {
  const [, text = ''] = formatter(services, { format, isWatch: false })([status])
  return text.replaceAll(/ {2,}/g, '  ')
}

t.test('one count of endpoints where all ways in have the same', async (t) => {
  t.equal(line(proxiedStatus()), 'shop/web:http  TCP  127.0.0.1:8080  2/3  0  0')
  const [internal, external] = splitStatus().entries
  const same = [internal, external].flatMap((entry) => (entry ? [{ ...entry, usable: 2 }] : []))
  t.match(line(splitStatus({ entries: same })), '  2/3  0  0')
})

t.test('a count for each policy where they differ', async (t) => {
  t.match(line(splitStatus()), '  2/3 internal,1/3 external  0  0')
})

t.test('the addresses give way to the width before the name does, and wide has all', async (t) => {
  const listeners = ['10.96.0.10:80', '192.168.77.1:30080', '203.0.113.7:80'].map((text) => {
    const [address = '', port] = text.split(':')
    return { role: 'portal', address, port: Number(port), error: undefined } as const
  })
  const name = 'a-longer-name'
  t.equal(
    line(proxiedStatus({ name, listeners })),
    `shop/${name}:http  TCP  10.96.0.10:80,+2  2/3  0  0`,
  )
  const wide = '  10.96.0.10:80,192.168.77.1:30080,203.0.113.7:80  '
  t.match(line(proxiedStatus({ name, listeners }), 'wide'), wide)
  const all = line(splitStatus({ listeners }))
  t.match(all, 'shop/web:http  TCP  10.96.0.10:80,+2  2/3 internal,1/3 external  0  0')
})

const lostAddress = "endpoints see the node's address, not the client's"

t.test('wide notes what externalTrafficPolicy Local cannot give', async (t) => {
  t.ok(line(splitStatus(), 'wide').endsWith(`  None  -  ${lostAddress}`))
  t.ok(line(proxiedStatus(), 'wide').endsWith('  None  -  -'))
  const [internal] = proxiedStatus().entries
  const entries = internal ? [{ ...internal, trafficPolicy: 'Local' as const }] : []
  t.ok(line(proxiedStatus({ entries }), 'wide').endsWith('  -  -'), 'internalTrafficPolicy Local')
})

t.test('wide notes source ranges that are all of the other family', async (t) => {
  const entries = splitStatus().entries.map((entry) => ({
    ...entry,
    sourceRanges: entry.sourceRanges && [],
  }))
  const note = 'no loadBalancerSourceRanges of IPv6: nobody may come in'
  const text = line(splitStatus({ family: 'IPv6', entries }), 'wide')
  t.ok(text.endsWith(`  ${lostAddress}, ${note}`), text)
})

t.test('wide says which portals are also of other Services', async (t) => {
  const sharedPortals = [{ portal: '10.96.0.10:80/TCP', others: ['shop/api:http', 'shop/old'] }]
  const text = line(proxiedStatus({ sharedPortals }), 'wide')
  t.match(text, '  10.96.0.10:80/TCP is also of shop/api:http and shop/old  ')
})
