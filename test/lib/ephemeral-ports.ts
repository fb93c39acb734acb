import t from 'tap'
import { ephemeralPorts, sourcePorts } from '../../lib/ephemeral-ports.ts'

t.test('the range less what is reserved', async (t) => {
  const folder = t.testdir({
    ip_local_port_range: '32768\t60999\n',
    ip_local_reserved_ports: '40000,50000-50002\n',
  })
  const ports = ephemeralPorts(folder)
  t.equal(ports.text, '32768-60999')
  const rows = [
    30_080, 32_767, 32_768, 39_999, 40_000, 49_999, 50_000, 50_002, 50_003, 60_999, 61_000,
  ]
  t.same(
    rows.filter((port) => ports.has(port)),
    [32_768, 39_999, 49_999, 50_003, 60_999],
  )
})

t.test(
  'nothing is reserved where the file is empty, and there is no range where there is no file',
  async (t) => {
    const folder = t.testdir({ ip_local_port_range: '32768 60999', ip_local_reserved_ports: '\n' })
    t.ok(ephemeralPorts(folder).has(40_000))
    t.notOk(ephemeralPorts('/nowhere').has(40_000))
    t.ok(sourcePorts(folder)(40_000))
    t.notOk(sourcePorts(folder)(80))
    t.ok(sourcePorts('/nowhere')(80), 'who does not know says that it may be')
  },
)

t.test('reads this machine', async (t) => {
  t.equal(typeof ephemeralPorts().has(40_000), 'boolean')
})
