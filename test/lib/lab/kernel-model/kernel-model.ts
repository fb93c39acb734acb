import t from 'tap'
import type { KernelMode, KernelModelInput } from '../../../../lib/lab/kernel-model/kernel-model.ts'
import { KernelModel } from '../../../../lib/lab/kernel-model/kernel-model.ts'
import { modelNetwork } from '../../../../lib/lab/kernel-model/model-network.ts'
import type { Answer, LabPod, LabService, PodName } from '../../../../lib/lab/lab.ts'
import { podNames } from '../../../../lib/lab/lab.ts'

const service: LabService = {
  name: 'default/web',
  clusterIP: modelNetwork.clusterIP,
  port: modelNetwork.port,
  nodePort: modelNetwork.nodePort,
  sessionAffinity: 'None',
}

function pods(changes: Partial<Record<PodName, Partial<LabPod>>> = {}): LabPod[] {
  return podNames.map((name) => ({
    name,
    address: modelNetwork.addresses[name],
    port: modelNetwork.podPort,
    condition: 'running',
    isReady: true,
    isListed: true,
    ...changes[name],
  }))
}

const input: KernelModelInput = { service, pods: pods(), otherServices: 0, scheduler: 'rr' }
const modes = ['iptables', 'nftables', 'ipvs'] as const

/** Dice that fall as they are told, again and again. */
function dice(...numbers: number[]): () => number {
  let i = 0
  return () => numbers[i++ % numbers.length] as number
}

function create(
  mode: KernelMode,
  more: Partial<KernelModelInput> = {},
  { random = Math.random, now = (): number => 0 } = {},
): Promise<KernelModel> {
  return KernelModel.create({ mode, network: modelNetwork, random, now }, { ...input, ...more })
}

function ask(model: KernelModel, count: number, options = {}): Answer[] {
  return Array.from({ length: count }, () => model.request(options, 'TCP'))
}

function podsOf(answers: readonly Answer[]): string {
  return answers.map(({ pod, outcome }) => pod.slice('pod-'.length) || outcome).join(' ')
}

t.test('iptables throws dice for each endpoint in turn: 1/3, 1/2, and the rest', async (t) => {
  // TCP and UDP have a chain each, and two dice.
  const model = await create('iptables', {}, { random: dice(0.3, 0, 0, 0) })
  t.equal(podsOf(ask(model, 1)), '1')
  const second = await create('iptables', {}, { random: dice(0.34, 0.49, 0, 0) })
  t.equal(podsOf(ask(second, 1)), '2')
  const third = await create('iptables', {}, { random: dice(0.34, 0.51, 0, 0) })
  t.equal(podsOf(ask(third, 1)), '3')
})

t.test('nftables draws one number', async (t) => {
  for (const [number, pod] of [
    [0, '1'],
    [0.34, '2'],
    [0.999, '3'],
  ] as const) {
    t.equal(podsOf(ask(await create('nftables', {}, { random: () => number }), 1)), pod)
  }
})

t.test('ipvs has schedulers instead of dice', async (t) => {
  t.equal(podsOf(ask(await create('ipvs'), 6)), '1 2 3 1 2 3')
  t.match(podsOf(ask(await create('ipvs', { scheduler: 'dh' }), 3)), /^(\d) \1 \1$/)
  const model = await create('ipvs', { scheduler: 'lc' })
  const held = [model.hold('TCP'), model.hold('TCP')]
  t.equal(podsOf(held.map((id) => model.ask(id))), '1 2')
  t.equal(podsOf(ask(model, 2)), '3 3', 'the one with the fewest connections')
  model.release(held[0] as number)
  t.equal(podsOf(ask(model, 1)), '1')
})

for (const mode of modes) {
  t.test(`${mode}: the answer is a model's, and has no duration`, async (t) => {
    const model = await create(mode)
    const [answer] = ask(model, 1)
    t.match(answer, { outcome: 'ok', seenClient: '10.244.10.2', attempts: 1 })
    t.equal(answer?.durationMs, undefined)
    const { carriage } = model
    t.match(carriage, { mode, truth: 'SIMULATED', installMs: undefined })
    t.ok(carriage.serviceRuleCount > 0 && carriage.serviceRuleCount <= carriage.ruleCount)
    t.equal(model.lines.length, carriage.ruleCount)
    t.equal(model.lines.filter(({ isOfService }) => isOfService).length, carriage.serviceRuleCount)
  })

  t.test(`${mode}: what happened to a pod nobody notices but the client`, async (t) => {
    const model = await create(mode, { pods: pods({ 'pod-2': { condition: 'killed' } }) })
    const killed = ask(model, 300).filter(({ outcome }) => outcome === 'refused').length
    t.ok(Math.abs(killed - 100) < 60, `${killed} of 300`)
    model.setPods(pods({ 'pod-2': { condition: 'unplugged' } }))
    const outcomes = new Set(ask(model, 300).map(({ outcome }) => outcome))
    t.same([...outcomes].toSorted(), ['ok', 'timeout'])
  })

  t.test(`${mode}: no endpoint is a refusal`, async (t) => {
    const away = { isListed: false }
    const model = await create(mode, {
      pods: pods({ 'pod-1': away, 'pod-2': { isReady: false }, 'pod-3': away }),
    })
    t.match(ask(model, 1), [{ outcome: 'refused', pod: '', seenClient: '' }])
    t.match(model.ask(model.hold('TCP')), { outcome: 'refused' })
    const { steps, answer } = model.trace()
    t.match(steps.at(-1), { station: 'refused' })
    t.equal(answer.outcome, 'refused')
  })

  t.test(`${mode}: who comes by the node port is masqueraded`, async (t) => {
    const model = await create(mode)
    const [answer] = ask(model, 1, { to: 'node-port', from: 'outside' })
    t.match(answer?.seenClient, /^10\.244\.1[123]\.1$/)
  })

  t.test(`${mode}: with affinity a client stays while its endpoint does`, async (t) => {
    let now = 0
    const sticky = { ...service, sessionAffinity: 'ClientIP' } as const
    const model = await create(mode, { service: sticky }, { now: () => now })
    const first = podsOf(ask(model, 1))
    t.equal(podsOf(ask(model, 9)), Array(9).fill(first).join(' '))
    const gone = pods({ [`pod-${first}`]: { isListed: false } })
    await model.update({ ...input, service: sticky, pods: gone })
    const second = podsOf(ask(model, 1))
    t.not(second, first)
    await model.update({ ...input, service: sticky })
    t.equal(podsOf(ask(model, 5)), Array(5).fill(second).join(' '))
    // The window slides, and this one is over each time.
    const afterwards = Array.from({ length: 60 }, () => {
      now += 10_800_000
      return podsOf(ask(model, 1))
    })
    t.ok(new Set(afterwards).size > 1)
    await model.update(input)
    t.ok(new Set(ask(model, 60).map(({ pod }) => pod)).size > 1, 'and without it does not')
  })

  t.test(`${mode}: what is open goes on without its endpoint`, async (t) => {
    const model = await create(mode)
    const [tcp, udp] = [model.hold('TCP'), model.hold('UDP')]
    const [ofTcp, ofUdp] = [model.ask(tcp).pod as PodName, model.ask(udp).pod as PodName]
    const away = { isListed: false } as const
    const changes = { [ofTcp]: away, [ofUdp]: away }
    await model.update({ ...input, pods: pods(changes) })
    t.equal(model.ask(tcp).pod, ofTcp)
    t.equal(model.ask(udp).pod, ofUdp)
    t.notOk(ask(model, 30).some(({ pod }) => pod === ofTcp))

    const killed = { condition: 'killed' } as const
    model.setPods(pods({ [ofTcp]: killed, [ofUdp]: killed }))
    t.equal(model.ask(tcp).outcome, 'closed')
    t.equal(model.ask(udp).outcome, 'refused')
    model.setPods(pods())
    t.equal(model.ask(tcp).outcome, 'closed', 'a new process does not know it')
    t.equal(model.ask(udp).pod, ofUdp, 'UDP has no connection that could end')
  })

  t.test(`${mode}: a connection to a pod that is unplugged is given up`, async (t) => {
    const model = await create(mode)
    const id = model.hold('TCP')
    const pod = model.ask(id).pod as PodName
    model.setPods(pods({ [pod]: { condition: 'unplugged' } }))
    t.equal(model.ask(id).outcome, 'timeout')
    model.setPods(pods())
    t.equal(model.ask(id).outcome, 'closed')
  })

  t.test(`${mode}: a trace names what was dialled, and where it was led`, async (t) => {
    const { truth, answer, steps, crossings, connections } = (await create(mode)).trace()
    t.same({ truth, crossings, connections }, { truth: 'SIMULATED', crossings: 2, connections: 1 })
    t.match(steps[0], { station: 'client', space: 'user', destination: '10.96.0.10:80' })
    const address = modelNetwork.addresses[answer.pod as PodName]
    t.match(steps.at(-1), { station: 'pod', space: 'user', destination: `${address}:8080` })
    t.equal(steps.find(({ destination }) => destination.endsWith(':8080'))?.station, 'dnat')
    const dead = { condition: 'killed' } as const
    const model = await create(mode, {
      pods: pods({ 'pod-1': dead, 'pod-2': dead, 'pod-3': dead }),
    })
    t.match(model.trace().steps.at(-1), { station: 'postrouting' }, 'it comes to nobody')
  })
}

t.test('a pod that is led to itself is masqueraded by rules', async (t) => {
  for (const mode of ['iptables', 'nftables'] as const) {
    const own = ask(await create(mode), 60, { from: 'pod-1' }).filter(({ pod }) => pod === 'pod-1')
    t.ok(own.length > 0)
    t.ok(
      own.every(({ seenClient }) => seenClient === '10.244.11.1'),
      mode,
    )
  }
})

t.test(
  'at a port that the Service does not have, each mode has its own way to say no',
  async (t) => {
    for (const [mode, outcome] of [
      ['iptables', 'timeout'],
      ['nftables', 'refused'],
      ['ipvs', 'refused'],
    ] as const) {
      t.equal(podsOf(ask(await create(mode), 1, { to: 'wrong-port' })), outcome, mode)
    }
  },
)

t.test('other Services make iptables longer, and the others not', async (t) => {
  const walked = async (mode: KernelMode, otherServices: number) =>
    (await create(mode, { otherServices })).carriage.walkedRuleCount ?? 0
  t.equal((await walked('iptables', 50)) - (await walked('iptables', 0)), 100)
  t.equal(await walked('nftables', 50), await walked('nftables', 0))
  t.equal(await walked('ipvs', 50), 1)
})

t.test('to look at the carriage takes no turn', async (t) => {
  const model = await create('ipvs')
  t.equal(podsOf(ask(model, 1)), '1')
  t.ok(model.carriage.path.length > 0)
  t.equal(podsOf(ask(model, 1)), '2')
})
