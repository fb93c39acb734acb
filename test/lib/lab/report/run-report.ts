import t from 'tap'
import { reportMarkdown } from '../../../../lib/lab/report/report-markdown.ts'
import { runReport } from '../../../../lib/lab/report/run-report.ts'
import type { FakeLabOptions } from '../../../fixtures/lab/fake-lab.ts'
import { fakeLab } from '../../../fixtures/lab/fake-lab.ts'

async function report(options: FakeLabOptions & { rounds?: number; services?: number[] } = {}) {
  const { rounds = 3, services = [0, 1000], ...rest } = options
  const lab = fakeLab(rest)
  const lines: string[] = []
  const tradeOffs = await runReport({
    lab,
    rounds,
    services,
    durationMs: 500,
    date: new Date('2026-11-21T15:36:00Z'),
    progress: (line) => lines.push(line),
  })
  const surroundings = {
    ...tradeOffs.surroundings,
    kernel: '6.18.0',
    cpu: 'A CPU',
    cpus: 2,
    loadBefore: 0.1,
    loadAfter: 0.9,
    node: '26.10.0',
  }
  const text = reportMarkdown({ ...tradeOffs, surroundings })
  /** Cells of the first line that begins with this, without its name. */
  const row = (name: string) =>
    text
      .split('\n')
      .find((line) => line.startsWith(`| ${name}`))
      ?.split(' | ')
      .slice(1)
  return { lab, lines, tradeOffs, text, row, surroundings }
}

t.test('it measures all real modes in rounds that are interleaved', async (t) => {
  const { lab, lines } = await report({ services: [] })
  const bulk = lab.measured.filter(({ kind }) => kind === 'bulk').map(({ mode }) => mode)
  const real = ['direct', 'userspace', 'anyip', 'iptables', 'nftables']
  t.same(bulk, [...real, ...real, ...real, ...real], 'one round does not count')
  t.same(
    lab.measured.filter(({ kind }) => kind === 'bulk').map(({ durationMs }) => durationMs),
    [...Array(5).fill(100), ...Array(15).fill(500)],
  )
  t.match(lines, ['costs: warming up', 'costs: round 1 of 3'])
})

t.test('the page says what it was measured on, and how', async (t) => {
  const { text, surroundings, tradeOffs } = await report()
  t.match(text, '- 2026-11-21 15:36 UTC, level rootless.')
  t.match(text, '- Linux 6.18.0, 2 CPUs (A CPU), load 0.10 before, 0.90 after.\n')
  t.match(text, '- Node 26.10.0, iptables v1.8.9 (nf_tables), nft not here.')
  t.match(text, '- 3 interleaved rounds of 500 ms each')
  t.match(text, '- ipvs: SIMULATED; no ip_vs.')
  const others = { ...surroundings, cpu: '', loadAfter: 1.1, iptables: '', nft: 'v1.0.6' }
  const busy = { ...tradeOffs, surroundings: others, rounds: 1 }
  t.match(reportMarkdown(busy), '- Linux 6.18.0, 2 CPUs, load 0.10 before, 1.10 after. Others were')
  t.match(reportMarkdown(busy), 'iptables not here, nft v1.0.6.')
  t.match(reportMarkdown(busy), '- One round of 500 ms, which shows no range.')
})

t.test('cells are figures, with what can be said of them', async (t) => {
  const { row, text } = await report()
  const cells = row('New connection, p50') ?? []
  t.match(cells[0], /^10\d \[10\d–10\d\]$|^10\d$/)
  t.match(cells[1], /^20\d.*, 2\.0x$/)
  t.equal(cells[5], 'no figure: a model')
  t.match(row('Bulk, Gb/s'), ['8.0', '8.0, no visible difference'])
  t.match(row('What is shown is'), ['REAL', 'REAL', 'REAL', 'REAL', 'REAL', 'SIMULATED'])
  t.match(row('Rules: all'), ['0 / 0 / 0', '10 / 7 / 0', '10 / 7 / 0', '10 / 7 / 5'])
  t.match(row('Twelve requests'), ['1 2 3 1 2 3 1 2 3 1 2 3'])
  t.match(row('One of three pods dead'), ['100 of 300', '0 of 300', '0 of 300', '100 of 300'])
  t.match(row('One of three pods unplugged'), ['10 of 30', '0 of 30'])
  t.match(row('The pod sees'), ['client', 'node', 'node', 'client'])
  t.match(row('A connection whose endpoint'), ['goes on'])
  t.match(row('Without endpoints'), ['—', 'refused'])
  t.match(text, '### Full load, ms')
  t.match(row('1000'), ['0 / 0', '1010 / 0', '1010 / 0', '1010 / 1005', '1010 / 5'])
  t.match(text, '- iptables: from 0 to 1000: no visible difference.')
})

t.test(
  'a figure that is spoiled is measured again, and where that does not help, refused',
  async (t) => {
    let left = 1
    const once = await report({
      invalid: ({ mode, kind, durationMs }) =>
        mode === 'iptables' && kind === 'bulk' && durationMs === 500 && left-- > 0 ? 'a reset' : '',
      services: [],
    })
    t.match(once.row('Bulk, Gb/s'), ['8.0', '8.0', '8.0', '8.0, no visible difference'])
    t.ok(once.lines.includes('costs: iptables, bulk: again, for it was spoiled: a reset'))
    const always = await report({
      invalid: ({ mode }) => (mode === 'iptables' ? '780 SYN retransmits' : ''),
    })
    t.equal(always.row('New connection, p50')?.[3], 'invalid: 780 SYN retransmits')
    t.notMatch(always.text, '- iptables: from 0')
  },
)

t.test('a connection that cannot be held does not go on', async (t) => {
  const { row } = await report({ holds: false, services: [] })
  t.match(row('A connection whose endpoint'), ['ends'])
})

t.test('on loopback there is no scale, and no pod is unplugged', async (t) => {
  const { text, row, lines } = await report({ isLoopback: true })
  t.notMatch(text, 'With other Services')
  t.match(row('One of three pods unplugged'), ['not here'])
  t.match(lines.at(-1), 'not on loopback')
})

t.test('of one number of Services nothing grows', async (t) => {
  const { text } = await report({ services: [0] })
  t.match(text, 'With other Services')
  t.notMatch(text, 'from 0 to')
})
