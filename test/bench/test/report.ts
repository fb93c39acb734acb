import t from 'tap'
import type { Load } from '../loads/load.ts'
import { loads } from '../loads/index.ts'
import { report } from '../report.ts'
import type { RelayResults, Results } from '../results.ts'
import { summary } from '../statistics.ts'

function relay(name: string, { rate, cpuUs }: Record<'rate' | 'cpuUs', number[]>): RelayResults {
  const samples = rate.map((value, i) => ({
    figures: { rate: value, cpuUs: cpuUs[i] ?? 0 },
    errors: 0,
    retransmissions: 0,
    timeouts: 0,
  }))
  return { name, samples, repeated: [], figures: { rate: summary(rate), cpuUs: summary(cpuUs) } }
}

const results: Results = {
  machine: {
    date: '2026-11-21 12:10 UTC',
    cpu: 'some CPU',
    cores: 2,
    memoryGB: 8,
    system: 'some Linux',
    node: '26.10.0',
    wrk: '4.1.0',
    pinning: 'relay on core 1, clients and backends on 0',
    loadAverage: 0.1,
  },
  starts: 1,
  rounds: 3,
  seconds: 2,
  relays: [{ name: 'ours', description: 'the binary as shipped', version: '26.10.0' }],
  missing: ['nginx'],
  loads: [
    {
      name: 'keep-alive-64',
      description: 'requests',
      key: 'CPU US',
      columns: [
        { header: 'RATE/S', figure: 'rate' },
        { header: 'CPU US', figure: 'cpuUs', digits: 1 },
        { header: 'CPU S', figure: 'cpuUs', scale: 1e-6, digits: 6 },
      ],
      relays: [
        relay('direct', { rate: [60_000, 80_000, 70_000], cpuUs: [0, 0, 0] }),
        relay('haproxy', { rate: [30_000, 40_000, 30_000], cpuUs: [10, 12, 11] }),
        relay('ours', { rate: [30_000, 20_000, 35_000], cpuUs: [15, 15, 11] }),
        relay('ours+1000', { rate: [30_000, 20_000, 35_000], cpuUs: [15, 15, 22] }),
        {
          ...relay('observed', { rate: [30_000], cpuUs: [15] }),
          repeated: ['round 2: errors: 1'],
          refused: { reason: 'round 2: errors: 3', isFault: true },
        },
      ],
    },
  ],
}

t.test('a table has medians, the range, and ratios of each round', (t) => {
  const lines = report(results)
  const start = lines.indexOf('keep-alive-64: requests')
  t.same(lines.slice(start + 1, lines.indexOf('', start)), [
    'RELAY     RATE/S CPU US*    CPU S     RANGE /HAPROXY /DIRECT',
    'direct     70000     0.0 0.000000   0.0-0.0        -    1.00',
    'haproxy    30000    11.0 0.000011 10.0-12.0     1.00    0.50',
    'ours       30000    15.0 0.000015 11.0-15.0     1.25    0.50',
    'ours+1000  30000    15.0 0.000015 15.0-22.0     1.50    0.50',
    'CPU US: ours+1000/ours 1.00',
    'observed: no figures; round 2: errors: 1; round 2: errors: 3',
  ])
  t.end()
})

t.test('the run is told: date, machine, versions, what is missing', (t) => {
  t.match(report(results).join('\n'), /^2026-11-21 12:10 UTC; 2 cores, some CPU, 8 GB\n/)
  t.ok(report(results).includes('nginx: not installed, left out'))
  t.end()
})

/** Values as wide as they come. */
function widest({ name, description, columns, key }: Load) {
  const names = ['haproxy', 'observed+10000']
  const figures = Object.fromEntries(
    columns.map(({ figure, scale = 1 }) => [figure, figure === 'rate' ? 99_999 : 999 / scale]),
  )
  const sample = { figures, errors: 0, retransmissions: 0, timeouts: 0 }
  const summaries = Object.entries(figures).map(([name, value]) => [name, summary([value])])
  const relays = names.map((name) => ({
    name,
    samples: [sample],
    repeated: [],
    figures: Object.fromEntries(summaries) as RelayResults['figures'],
  }))
  return { name, description, columns, key, relays }
}

t.test('no line is longer than 80 columns', (t) => {
  for (const line of report({ ...results, loads: loads.map(widest) })) {
    t.ok(line.length <= 80, line)
  }
  t.end()
})
