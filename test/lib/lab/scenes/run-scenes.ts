import t from 'tap'
import { ProxyError } from '../../../../lib/index.ts'
import type { Lab, Measurement, MeasureOptions } from '../../../../lib/lab/lab.ts'
import { labModes } from '../../../../lib/lab/lab.ts'
import { LoopbackLab } from '../../../../lib/lab/loopback/loopback-lab.ts'
import type { RunScenesOptions, SceneReport } from '../../../../lib/lab/scenes/run-scenes.ts'
import { runScenes } from '../../../../lib/lab/scenes/run-scenes.ts'
import { recordOf } from '../../../fixtures/demo-output.ts'

const lab = await LoopbackLab.open()
t.teardown(() => lab.close())

/** The lab, but for some of its methods. */
function withMethods(methods: Partial<Lab>): Lab {
  return new Proxy(lab, {
    get: (target, name: keyof Lab) => {
      const value = methods[name] ?? target[name]
      return typeof value === 'function' && methods[name] === undefined ? value.bind(target) : value
    },
  })
}

/** 100 µs and 1 GB/s for direct, in each round a little more for the others, and never the same. */
function measured({ mode, kind }: MeasureOptions): Measurement {
  const factor = mode === 'direct' ? 1 : labModes.indexOf(mode) + 1
  const value = 100 * factor
  return { mode, kind, count: 1, failed: 0, p50: value, bytesPerSecond: 1e9 / factor, invalid: '' }
}

async function collect(lab: Lab, options: RunScenesOptions = {}): Promise<SceneReport[]> {
  const reports: SceneReport[] = []
  for await (const report of runScenes(lab, { isFast: true, ...options })) reports.push(report)
  return reports
}

t.test('seven scenes, in order, each with a record', async (t) => {
  const begun: string[] = []
  const reports = await collect(withMethods({ measure: async (options) => measured(options) }), {
    before: async (number, name) => void begun.push(`${number} ${name}`),
  })
  t.same(
    reports.map(({ number, name }) => `${number} ${name}`),
    begun,
  )
  t.same(
    reports.map(({ failure }) => failure),
    Array.from({ length: 7 }),
  )
  t.ok(reports.every(({ durationMs }) => durationMs >= 0))

  t.match(recordOf(reports, 'cluster-ip'), {
    truth: 'SIMULATED',
    clusterIP: '10.96.0.10',
    port: 80,
    before: undefined,
    after: { addresses: undefined, outcome: 'ok', wrongPort: 'timeout' },
  })
  t.match(reports[0]?.skipped, [{ part: 'ip addr, ss', reason: /rootless and root/ }])

  t.match(recordOf(reports, 'userspace'), {
    truth: 'REAL',
    rules: { texts: [] },
    answered: { counts: [4, 4, 4], whose: 'node', url: /^http:\/\/127\.96\.\d+\.10:/ },
  })

  const iptables = recordOf(reports, 'iptables')
  t.match(iptables, {
    truth: 'SIMULATED',
    probabilities: ['0.33333333349', '0.50000000000'],
    answered: { whose: 'client', seenClient: '10.244.10.2' },
    band: { low: 0, high: 8 },
    trace: { truth: 'SIMULATED', source: '10.244.10.2', dialled: '10.96.0.10:80' },
  })
  t.match(iptables.trace?.chains, ['KUBE-SERVICES', 'KUBE-SVC-CDGGSHYLG3RE2FKL', /^KUBE-SEP-/])
  t.match(iptables.trace?.led, /^10\.244\.1[123]\.2:8080$/)
  t.ok(iptables.evenSplitP > 0 && iptables.evenSplitP <= 1)

  const { modes, band } = recordOf(reports, 'dead-pod')
  t.same(band, { low: 79, high: 121 })
  t.match(modes, [
    { mode: 'iptables', truth: 'SIMULATED', requests: 300, other: 0, retried: 0 },
    { mode: 'userspace', truth: 'REAL', ok: 300, refused: 0, other: 0 },
  ])
  t.ok(Math.abs((modes[0]?.refused ?? 0) - 100) <= 40)
  t.ok((modes[1]?.retried ?? 0) > 0)

  for (const { pod, before, after, others, end } of recordOf(reports, 'open-connection').modes) {
    t.same([...before, ...after], [pod, pod, pod, pod])
    t.notOk(others.includes(pod as 'pod-1'))
    t.equal(end, 'closed')
  }

  const cost = recordOf(reports, 'cost')
  t.same(
    cost.modes.map(({ mode }) => mode),
    ['direct', 'userspace', 'anyip'],
  )
  t.match(cost.modes[1], {
    newConnection: { median: 200, versusDirect: 'more' },
    bulk: { median: 5e8, versusDirect: 'less' },
    invalid: [],
  })
  t.same(
    reports[5]?.skipped.map(({ part }) => part),
    ['iptables', 'nftables', 'ipvs'],
  )
})

t.test('rounds that were spoiled do not count, and say why', async (t) => {
  let round = 0
  const spoiled = withMethods({
    measure: async (options) => {
      const invalid = options.mode === 'direct' || round++ === 0 ? '780 SYN retransmits' : ''
      return { ...measured(options), invalid }
    },
  })
  const [report] = await collect(spoiled, { numbers: [6] })
  const [direct, userspace] = recordOf(report ? [report] : [], 'cost').modes
  t.match(direct, { newConnection: undefined, bulk: undefined, invalid: ['780 SYN retransmits'] })
  t.match(userspace, { newConnection: { median: 200, versusDirect: 'same' } })
})

t.test('a scene that fails says so, tidies up, and does not keep the next one', async (t) => {
  const restored: string[] = []
  const broken = withMethods({
    hold: () => Promise.reject(new ProxyError('ERR_LAB', 'no more connections')),
    setEndpoint: async (pod, endpoint) => {
      restored.push(pod)
      return lab.setEndpoint(pod, endpoint)
    },
    setCondition: () => Promise.reject(new TypeError('broken too')),
  })
  const [fourth, fifth, last] = await collect(broken, { numbers: [4, 5, 7] })
  t.match(fourth, { record: undefined, failure: { code: '', message: 'broken too' } })
  t.match(fifth, {
    record: undefined,
    failure: { code: 'ERR_LAB', message: 'no more connections' },
  })
  t.match(last, { record: { scene: 'next' }, failure: undefined })
  t.same(restored.slice(0, 3), ['pod-1', 'pod-2', 'pod-3'])
})

t.test('what is no error is told as it is', async (t) => {
  const setMode = (): Promise<never> => Promise.reject('plain text')
  const [report] = await collect(withMethods({ setMode }), { numbers: [2] })
  t.match(report?.failure, { code: '', message: 'plain text' })
})

t.test('where nobody answers, nobody is counted', async (t) => {
  const refused = {
    outcome: 'refused',
    pod: '',
    seenClient: '',
    durationMs: 1,
    attempts: 1,
  } as const
  const dead = withMethods({
    request: async ({ count = 1 } = {}) => Array.from({ length: count }, () => refused),
    ask: async () => [refused],
    trace: () => Promise.reject(new ProxyError('ERR_UNSUPPORTED', 'no tracer')),
  })
  const reports = await collect(dead, { numbers: [2, 3, 4, 5] })
  t.match(recordOf(reports, 'userspace').answered, {
    counts: [0, 0, 0],
    whose: 'unknown',
    seenClient: '',
  })
  t.equal(recordOf(reports, 'iptables').trace, undefined)
  t.match(reports[1]?.skipped, [{ part: 'trace', reason: 'no tracer' }])
  t.match(recordOf(reports, 'dead-pod').modes[0], { ok: 0, refused: 300 })
  t.match(recordOf(reports, 'open-connection').modes[0], {
    pod: '',
    before: ['refused'],
    after: [],
    end: 'refused',
  })
})

t.test('in namespaces the first scene looks at hosts', async (t) => {
  const ran: string[] = []
  const looking = withMethods({
    run: async (host, command) => {
      ran.push(`${host} ${command.split('/').at(-1)}`)
      const stdout = command === 'ip' ? 'eth0 UP 10.96.0.10/32\n' : 'timeout\n'
      return { exitCode: 0, stdout, stderr: '' }
    },
  })
  const [report] = await collect(looking, { numbers: [1] })
  const record = recordOf(report ? [report] : [], 'cluster-ip')
  t.match(record.before, { listeners: 0, outcome: 'timeout' })
  t.match(record.after, { addresses: 1, listeners: 0, outcome: 'ok' })
  t.same(ran, ['node ip', 'node ss', 'client node', 'node ip', 'node ss'])

  const failing = withMethods({ run: () => Promise.reject(new Error('gone')) })
  t.match((await collect(failing, { numbers: [1] }))[0]?.failure, { message: 'gone' })
})

t.test(
  'a packet that is led to nobody has a trace too, and all rounds are longer by default',
  async (t) => {
    const durations = new Set<number | undefined>()
    const lost = withMethods({
      trace: async () => ({
        ...(await lab.trace()),
        steps: [(await lab.trace()).steps[0] as never],
      }),
      measure: async (options) => {
        durations.add(options.durationMs)
        return measured(options)
      },
    })
    const reports = await collect(lost, { numbers: [3, 6], isFast: false })
    t.match(recordOf(reports, 'iptables').trace, { dialled: '10.96.0.10:80', led: '', chains: [] })
    t.same([...durations], [120])
    t.equal(recordOf(reports, 'cost').rounds, 5)
  },
)

t.test('a scene that is not there is an error', async (t) => {
  const right = {
    code: 'ERR_INVALID_OPTION',
    message: 'there is no scene 8; 1 to 7 would be right',
  }
  await t.rejects(collect(lab, { numbers: [8] }), right)
})
