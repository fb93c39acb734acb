import '../../../fixtures/plain-children.ts'
import { createServer } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import { ProxyError } from '../../../../lib/index.ts'
import type { Answer, PodName } from '../../../../lib/lab/lab.ts'
import type { LoopbackLabOptions } from '../../../../lib/lab/loopback/loopback-lab.ts'
import { LoopbackLab } from '../../../../lib/lab/loopback/loopback-lab.ts'

const shared = await LoopbackLab.open()
t.teardown(() => shared.close())

/** With options: a lab of its own. Without: the one of all tests, as it was at first. */
async function open(t: Test, options?: LoopbackLabOptions): Promise<LoopbackLab> {
  if (options !== undefined) {
    const lab = await LoopbackLab.open(options)
    t.teardown(() => lab.close())
    return lab
  }
  t.teardown(async () => {
    await shared.setMode('ipvs')
    await shared.setOtherServices(0)
    await shared.setAffinity('None')
    await shared.setScheduler('rr')
    for (const { name } of (await shared.state()).pods) {
      await shared.setCondition(name, 'running')
      await shared.setEndpoint(name, { isListed: true, isReady: true })
    }
    await shared.setMode('direct')
  })
  return shared
}

/** Listens there until the test is over. Returns false where somebody does already. */
async function take(t: Test, port: number, address: string): Promise<boolean> {
  const server = createServer()
  t.teardown(() => server.close())
  return new Promise((resolve) => {
    server.once('error', () => resolve(false)).listen(port, address, () => resolve(true))
  })
}

function podsOf(answers: readonly Answer[]): string {
  return answers.map(({ pod, outcome }) => pod.slice('pod-'.length) || outcome).join(' ')
}

const isUnsupported = { code: 'ERR_UNSUPPORTED', message: /levels rootless and root/ }

t.test('direct and userspace are real: in turn, with a duration, and who is seen', async (t) => {
  const lab = await open(t)
  t.match(lab.description, { level: 'loopback', reason: '', clientAddress: /^127\.0\.\d+\.101$/ })
  for (const [mode, seen] of [
    ['direct', lab.description.clientAddress],
    ['userspace', lab.description.nodeAddresses[0]],
    ['anyip', lab.description.nodeAddresses[0]],
  ] as const) {
    t.match(await lab.setMode(mode), { mode, truth: 'REAL', ruleCount: 0, path: [] })
    const answers = await lab.request({ count: 6 })
    t.equal(podsOf(answers), '1 2 3 1 2 3', mode)
    t.match(answers[0], { seenClient: seen, attempts: 1 })
    t.ok(answers.every(({ durationMs }) => (durationMs ?? 0) > 0))
    t.equal(podsOf(await lab.request({ to: 'wrong-port' })), 'refused')
    t.same(await lab.rules(), [])
  }
  t.match(
    await lab.request({ count: 8, concurrency: 4 }),
    Array.from({ length: 8 }, () => ({ outcome: 'ok' })),
  )
})

t.test('modes of the kernel are a model, at the addresses of a network', async (t) => {
  const lab = await open(t, { random: () => 0 })
  for (const mode of ['iptables', 'nftables', 'ipvs'] as const) {
    t.match(await lab.setMode(mode), { mode, truth: 'SIMULATED', installMs: undefined })
    const [answer] = await lab.request()
    t.match(answer, { pod: 'pod-1', seenClient: '10.244.10.2' })
    t.equal(answer?.durationMs, undefined)
    const { service, pods } = await lab.state()
    t.match(service, { clusterIP: '10.96.0.10', port: 80, nodePort: 30_080 })
    t.match(pods[0], { name: 'pod-1', address: '10.244.11.2', port: 8080 })
    t.equal((await lab.rules()).length, (await lab.state()).carriage.ruleCount)
    t.equal((await lab.trace()).truth, 'SIMULATED')
    await t.rejects(lab.measure({ mode, kind: 'bulk' }), isUnsupported)
  }
  await lab.setMode('direct')
  const { service, pods } = await lab.state()
  t.match(service.clusterIP, /^127\.96\.\d+\.10$/)
  t.match(pods[0]?.address, /^127\.0\.\d+\.1$/)
})

t.test('a pod that dies is refused by the client, and passed over by the proxy', async (t) => {
  const lab = await open(t)
  await lab.setCondition('pod-2', 'killed')
  t.equal(podsOf(await lab.request({ count: 3 })), '1 refused 3')
  await lab.setMode('userspace')
  const answers = await lab.request({ count: 6 })
  t.notMatch(podsOf(answers), /2|refused/)
  t.ok(answers.some(({ attempts }) => attempts === 2))
  await lab.setCondition('pod-2', 'running')
  await lab.setCondition('pod-2', 'running')
  await lab.setMode('direct')
  t.equal(podsOf(await lab.request({ count: 3 })), '1 2 3')
})

t.test('endpoints that are not listed or not ready get nothing', async (t) => {
  const lab = await open(t)
  for (const mode of ['direct', 'userspace', 'iptables'] as const) {
    await lab.setMode(mode)
    await lab.setEndpoint('pod-1', { isListed: false })
    await lab.setEndpoint('pod-3', { isReady: false })
    t.equal(podsOf(await lab.request({ count: 3 })), '2 2 2', mode)
    t.match((await lab.state()).pods, [{ isListed: false }, {}, { isReady: false }])
    await lab.setEndpoint('pod-2', { isListed: false })
    // Who chooses himself has nothing but his old list.
    t.match(podsOf(await lab.request()), mode === 'direct' ? /^[123]$/ : 'refused', mode)
    for (const pod of ['pod-1', 'pod-2', 'pod-3'] as const) {
      await lab.setEndpoint(pod, { isListed: true, isReady: true })
    }
  }
})

t.test(
  'a connection that is open goes on without its endpoint, and ends with its pod',
  async (t) => {
    const lab = await open(t)
    for (const mode of ['direct', 'userspace', 'iptables'] as const) {
      await lab.setMode(mode)
      const id = await lab.hold()
      const pod = (await lab.ask(id))[0]?.pod as PodName
      await lab.setEndpoint(pod, { isListed: false })
      t.match(await lab.ask(id, 2), [{ pod }, { pod }], mode)
      await lab.setCondition(pod, 'killed')
      t.match(await lab.ask(id), [{ outcome: 'closed' }], mode)
      await lab.setEndpoint(pod, { isListed: true })
      await lab.setCondition(pod, 'running')
      await lab.release(id)
      await lab.release(id)
      await t.rejects(lab.ask(id), { code: 'ERR_LAB', message: `connection ${id} is not held` })

      const udp = await lab.hold({ protocol: 'UDP' })
      t.match(await lab.ask(udp), [{ outcome: 'ok', attempts: 1 }])
    }
  },
)

t.test('a model goes on for who has a connection in it', async (t) => {
  const lab = await open(t)
  await lab.setMode('iptables')
  const id = await lab.hold()
  const pod = (await lab.ask(id))[0]?.pod as PodName
  await lab.setMode('direct')
  t.match(await lab.ask(id), [{ pod }])
  await lab.setCondition(pod, 'killed')
  t.match(await lab.ask(id), [{ outcome: 'closed' }])
})

t.test('affinity and schedulers', async (t) => {
  const lab = await open(t)
  await lab.setMode('userspace')
  await lab.setAffinity('ClientIP')
  t.match(podsOf(await lab.request({ count: 4 })), /^(\d) \1 \1 \1$/)
  await lab.setAffinity('None')
  await lab.setScheduler('lc')
  const held = await lab.hold()
  const busy = (await lab.ask(held))[0]?.pod as PodName
  t.notOk((await lab.request({ count: 2 })).some(({ pod }) => pod === busy))
  await t.rejects(lab.setScheduler('sh'), { code: 'ERR_UNSUPPORTED', message: /rr and lc/ })
  await lab.setMode('ipvs')
  await lab.setScheduler('sh')
  t.match(podsOf(await lab.request({ count: 3 })), /^(\d) \1 \1$/)
  t.equal((await lab.state()).scheduler, 'sh')
})

t.test('what only a model can have is refused where it is real', async (t) => {
  const lab = await open(t)
  await t.rejects(lab.setCondition('pod-1', 'unplugged'), isUnsupported)
  await t.rejects(lab.setOtherServices(5), isUnsupported)
  await t.rejects(lab.request({ from: 'outside' }), isUnsupported)
  await t.rejects(lab.run('node', 'ip'), isUnsupported)

  await lab.setMode('iptables')
  const { ruleCount } = (await lab.state()).carriage
  t.equal((await lab.setOtherServices(5)).ruleCount, ruleCount + 25)
  t.equal((await lab.state()).otherServices, 5)
  await t.rejects(lab.setMode('userspace'), isUnsupported)
  await lab.setOtherServices(0)
  await lab.setCondition('pod-1', 'unplugged')
  await t.rejects(lab.setMode('direct'), isUnsupported)
  await lab.setCondition('pod-1', 'running')
  await lab.setMode('userspace')
  t.equal(podsOf(await lab.request({ count: 3 })), '1 2 3')
})

t.test('traces of what is real name both connections of the proxy', async (t) => {
  const lab = await open(t)
  const direct = await lab.trace()
  t.match(direct, { truth: 'REAL', crossings: 2, connections: 1 })
  t.same(
    direct.steps.map(({ station }) => station),
    ['client', 'loopback', 'pod'],
  )
  await lab.setMode('userspace')
  const proxied = await lab.trace()
  t.match(proxied, { truth: 'REAL', crossings: 4, connections: 2 })
  t.same(
    proxied.steps.map(({ station }) => station),
    ['client', 'loopback', 'proxy-accept', 'proxy-dial', 'loopback', 'pod'],
  )
  for (const pod of ['pod-1', 'pod-2', 'pod-3'] as const) {
    await lab.setEndpoint(pod, { isListed: false })
  }
  t.match(await lab.trace(), { connections: 1, answer: { outcome: 'refused' } })
  await lab.setMode('direct')
  await lab.setCondition('pod-1', 'killed')
  t.match((await lab.trace()).steps.at(-1), { station: 'loopback' })
})

t.test('measurements of what is real', async (t) => {
  const lab = await open(t)
  for (const mode of ['direct', 'userspace'] as const) {
    const measured = await lab.measure({ mode, kind: 'new-connections', durationMs: 20 })
    t.match(measured, { mode, failed: 0, invalid: '' })
    t.ok((measured.p50 ?? 0) > 0 && measured.count > 0)
    t.equal((await lab.state()).carriage.mode, mode)
  }
  await lab.setCondition('pod-1', 'killed')
  const spoiled = await lab.measure({ mode: 'direct', kind: 'new-connections', durationMs: 20 })
  t.match(spoiled.invalid, /^\d+ failed$/)
})

t.test('where the port of the Service is taken it has another one', async (t) => {
  // Of whichever network this lab will have: others may run beside it.
  const taken: string[] = []
  for (let network = 0; network < 16; network++) {
    const address = `127.96.${network}.10`
    if (await take(t, 8080, address)) taken.push(address)
  }
  let lab = await open(t, {})
  // It has the network of one that had the port, and has ended since: it is free again.
  while (!taken.includes((await lab.state()).service.clusterIP)) lab = await open(t, {})
  await lab.setMode('userspace')
  t.not((await lab.state()).service.port, 8080)
  t.equal(podsOf(await lab.request()), '1')
})

t.test('where loopback is one address, pods have ports, and client and node are one', async (t) => {
  const lab = await open(t, { hasOwnAddresses: false })
  t.equal(lab.description.clientAddress, '')
  for (const mode of ['direct', 'userspace'] as const) {
    await lab.setMode(mode)
    const answers = await lab.request({ count: 6 })
    t.same(new Set(answers.map(({ pod }) => pod)).size, 3, mode)
    t.ok(answers.every(({ seenClient, attempts }) => seenClient === '127.0.0.1' && attempts === 1))
    t.equal((await lab.measure({ mode, kind: 'new-connections', durationMs: 10 })).failed, 0)
  }
})

t.test('a node port that another program has is said to be missing', async (t) => {
  const lab = await open(t)
  const { nodePort } = (await lab.state()).service
  t.equal(podsOf(await lab.request({ to: 'node-port' })), 'refused', 'direct has none')
  await take(t, nodePort, '127.0.0.1')
  await lab.setMode('userspace')
  await t.rejects(lab.request({ to: 'node-port' }), { code: 'ERR_LAB', message: /node-port/ })
})

t.test('after its end nothing can be changed any more; twice is once', async (t) => {
  const lab = await LoopbackLab.open({ reason: 'because' })
  t.equal(lab.description.reason, 'because')
  const changing = lab.setMode('userspace')
  await Promise.all([lab.close(), lab.close()])
  await changing
  await t.rejects(lab.setMode('direct'), new ProxyError('ERR_LAB', 'the lab is closed'))
})
