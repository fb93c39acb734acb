import t from 'tap'
import type { ExperimentRecord, Seen } from '../../../../lib/lab/course/experiment.ts'
import { experimentNames } from '../../../../lib/lab/course/experiment.ts'
import { runExperiment } from '../../../../lib/lab/course/run-experiment.ts'
import type { Lab, LabMode } from '../../../../lib/lab/lab.ts'
import { LoopbackLab } from '../../../../lib/lab/loopback/loopback-lab.ts'

const lab = await LoopbackLab.open()
t.teardown(() => lab.close())

/** The facts with this key, of one mode. */
function seen({ groups }: ExperimentRecord, mode: LabMode, key: Seen['key']): Seen['values'][] {
  const own = groups.filter((group) => group.mode === mode).flatMap(({ seen }) => seen)
  return own.filter((one) => one.key === key).map(({ values }) => values)
}

t.afterEach(async () => {
  const { pods, service, otherServices } = await lab.state()
  t.ok(
    pods.every(
      ({ condition, isReady, isListed }) => condition === 'running' && isReady && isListed,
    ),
  )
  t.match({ service, otherServices }, { service: { sessionAffinity: 'None' }, otherServices: 0 })
})

t.test('1: nobody has the address, and it answers at the ports of the Service', async (t) => {
  const record = await runExperiment(lab, 1)
  t.match(record, { number: 1, name: 'where-is-a-clusterip' })
  t.match(seen(record, 'iptables', 'asked'), [{ outcome: 'ok' }, { outcome: 'timeout' }])
  t.match(record.skipped, [{ part: 'ip addr, ss' }])
})

t.test('2: in turn, over two connections, and the node is seen', async (t) => {
  const record = await runExperiment(lab, 2)
  t.match(record.groups, [{ mode: 'userspace', truth: 'REAL' }])
  t.match(seen(record, 'userspace', 'order'), [{ count: 12, order: '1 2 3 1 2 3 1 2 3 1 2 3' }])
  t.match(seen(record, 'userspace', 'sawNode'), [{ address: '127.0.0.1' }])
  t.match(seen(record, 'userspace', 'connections'), [{ connections: 2, crossings: 4 }])
  t.equal(seen(record, 'userspace', 'noRule').length, 1)
})

t.test('3: a third, a half, and the rest', async (t) => {
  const record = await runExperiment(lab, 3)
  const rules = seen(record, 'iptables', 'rule').map(({ rule }) => String(rule))
  t.same(
    rules.map((rule) => /--probability (\S+)/.exec(rule)?.[1]),
    [undefined, '0.33333333349', '0.50000000000', undefined],
  )
  t.match(seen(record, 'iptables', 'ruleCounts'), [{ all: 43, own: 26, walked: 17 }])
})

t.test('4: chance is not in turn, and many throws are even', async (t) => {
  const record = await runExperiment(lab, 4)
  t.match(seen(record, 'userspace', 'order'), [{ order: /^1 2 3 1 2 3/ }])
  const [few, many] = seen(record, 'iptables', 'split')
  t.match([few, many], [{ count: 24 }, { count: 3000, low: 934, high: 1067 }])
  for (const count of String(many?.['counts']).split(' / ')) {
    t.ok(Math.abs(Number(count) - 1000) < 130, 'five standard deviations')
  }
})

t.test('5: only a process tries again', async (t) => {
  const record = await runExperiment(lab, 5)
  const [killed, unplugged] = seen(record, 'iptables', 'outcomes')
  t.match(killed, { count: 300, rest: 0, retried: 0 })
  t.ok(Math.abs(Number(killed?.['refused']) - 100) <= 40)
  t.match(unplugged, { count: 9, refused: 0 })
  t.match(seen(record, 'userspace', 'outcomes'), [{ ok: 300, refused: 0, rest: 0 }])
  t.match(record.skipped, [{ part: 'userspace' }])
})

t.test('6: what is open goes on, and UDP where it must', async (t) => {
  const record = await runExperiment(lab, 6)
  for (const mode of ['iptables', 'userspace'] as const) {
    const [tcp, udp] = seen(record, mode, 'opened')
    const still = seen(record, mode, 'stillOpen')
    t.match(still[0], { protocol: 'TCP', outcome: 'ok', pod: tcp?.['pod'] })
    t.equal(still[1]?.['pod'] === udp?.['pod'], mode === 'iptables', 'a proxy takes another pod')
    t.match(seen(record, mode, 'afterKill')[0], { protocol: 'TCP', outcome: 'closed' })
  }
})

t.test('7: the client, or the node', async (t) => {
  const record = await runExperiment(lab, 7)
  t.match(seen(record, 'iptables', 'sawClient'), [{ address: '10.244.10.2' }])
  t.match(seen(record, 'iptables', 'sawNode'), [{}, { pod: 'pod-1', address: '10.244.11.1' }])
  t.match(seen(record, 'userspace', 'sawNode'), [{ address: '127.0.0.1' }])
  t.match(record.skipped, [{ part: 'userspace, NodePort' }])
})

t.test('8: one pod for an address, one for a connection, and all of them for a name', async (t) => {
  const record = await runExperiment(lab, 8)
  t.match(seen(record, 'iptables', 'order'), [{ count: 10, order: /^(\d)(?: \1){9}$/ }])
  t.match(seen(record, 'iptables', 'keptAlive'), [{ count: 30, pods: /^pod-\d$/ }])
  t.match(seen(record, 'direct', 'order'), [{ order: '1 2 3 1 2 3' }])
})

t.test('9: who is not ready gets nothing, and where nobody is, clients are refused', async (t) => {
  const record = await runExperiment(lab, 9)
  for (const mode of ['iptables', 'userspace'] as const) {
    const [, without] = seen(record, mode, 'order')
    t.notMatch(without?.['order'], /1/)
    t.match(seen(record, mode, 'outcomes'), [{ count: 6, ok: 0, refused: 6 }])
  }
})

t.test('10: a list grows, a map does not', async (t) => {
  const record = await runExperiment(lab, 10)
  const walked = (mode: LabMode) => seen(record, mode, 'scaleOfModel').map(({ walked }) => walked)
  t.same(walked('iptables'), [17, 217, 2017])
  t.same(walked('nftables'), [14, 14, 14])
  t.same(walked('ipvs'), [1, 1, 1])
  t.match(record.skipped, [{ part: 'userspace' }])
})

t.test('there are ten, and no more', async (t) => {
  t.equal(experimentNames.length, 10)
  const right = {
    code: 'ERR_INVALID_OPTION',
    message: 'there is no experiment 11; 1 to 10 would be right',
  }
  await t.rejects(runExperiment(lab, 11), right)
})

/** The lab, but for some of its methods. */
function withMethods(methods: Partial<Lab>): Lab {
  return new Proxy(lab, {
    get: (target, name: keyof Lab) => {
      const value = methods[name] ?? target[name]
      return typeof value === 'function' && methods[name] === undefined ? value.bind(target) : value
    },
  })
}

t.test('where it fails the lab is as it was', async (t) => {
  const gone = (): Promise<never> => Promise.reject(new Error('gone'))
  await t.rejects(runExperiment(withMethods({ ask: gone }), 8), { message: 'gone' })
  await t.rejects(runExperiment(withMethods({ request: gone }), 5), { message: 'gone' })
  await t.rejects(runExperiment(withMethods({ request: gone }), 8), { message: 'gone' })
  await t.rejects(runExperiment(withMethods({ request: gone }), 6), { message: 'gone' })
  await t.rejects(runExperiment(withMethods({ request: gone }), 9), { message: 'gone' })
  const setEndpoint = gone
  const setOtherServices: Lab['setOtherServices'] = async (count) => {
    const carriage = await lab.setOtherServices(count)
    return count === 100 ? gone() : carriage
  }
  await t.rejects(runExperiment(withMethods({ setEndpoint }), 6), { message: 'gone' })
  await t.rejects(runExperiment(withMethods({ setOtherServices }), 10), { message: 'gone' })
})

t.test('in namespaces hosts are looked at, pods unplugged, and pods ask', async (t) => {
  const inNamespaces = withMethods({
    run: async (_, command) => {
      const stdout = command === 'ip' || command === 'ss' ? '' : 'timeout'
      return { exitCode: 0, stdout, stderr: '' }
    },
    rules: async () => [
      {
        chain: 'nat KUBE-PORTALS-CONTAINER',
        text: '-A KUBE-PORTALS-CONTAINER -d 10.96.0.10/32 -p tcp -j REDIRECT --to-ports 40001',
        packets: 0,
        isOfService: true,
      },
    ],
    setCondition: async (pod, condition) => {
      if (condition !== 'unplugged') await lab.setCondition(pod, condition)
    },
    request: async ({ from, count = 1 } = {}) => {
      if (from !== 'pod-1') return lab.request({ count })
      return [{ outcome: 'timeout', pod: '', seenClient: '', durationMs: 600, attempts: 1 }]
    },
    setOtherServices: async (services) => {
      const { carriage } = await lab.state()
      return { ...carriage, ruleCount: services, walkedRuleCount: undefined, installMs: 1.4 }
    },
  })
  const where = await runExperiment(inNamespaces, 1)
  t.match(seen(where, 'direct', 'counted'), [{ found: 0 }, { found: 0 }])
  t.match(seen(where, 'direct', 'asked'), [{ outcome: 'timeout' }])
  t.match(seen(await runExperiment(inNamespaces, 2), 'userspace', 'rule'), [{ rule: /REDIRECT/ }])

  const retries = await runExperiment(inNamespaces, 5)
  t.equal(seen(retries, 'userspace', 'outcomes').length, 2)
  t.match(seen(retries, 'userspace', 'slowest'), [{ ms: Number }])
  t.same(retries.skipped, [])

  const whoAmI = await runExperiment(inNamespaces, 7)
  t.match(seen(whoAmI, 'userspace', 'noAnswer'), [{ outcome: 'timeout' }])
  const scale = await runExperiment(inNamespaces, 10)
  t.match(seen(scale, 'userspace', 'scale'), [{ services: 0, walked: 0, ms: 1 }, {}, {}])
})

t.test('where nobody answers the facts say so', async (t) => {
  const refused = {
    outcome: 'refused',
    pod: '',
    seenClient: '',
    durationMs: 1,
    attempts: 1,
  } as const
  const record = await runExperiment(withMethods({ ask: async () => [refused] }), 6)
  t.match(seen(record, 'iptables', 'stillOpen'), [{ outcome: 'refused', pod: '' }, {}])
  const silent = withMethods({ request: async () => [refused] })
  t.match(seen(await runExperiment(silent, 2), 'userspace', 'order'), [{ order: '-' }])
  t.match(seen(await runExperiment(silent, 7), 'iptables', 'noAnswer'), [
    { outcome: 'refused' },
    {},
    {},
  ])
})
