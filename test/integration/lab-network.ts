// The lab in network namespaces, as root and without: real rules, real faults, and nothing of it left.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import t from 'tap'
import type { Answer, Lab, LabLevel, LabMode } from '../../lib/lab/lab.ts'
import { podNames } from '../../lib/lab/lab.ts'
import { chooseLevel } from '../../lib/lab/level.ts'
import { openNetworkLab } from '../../lib/lab/network/launcher.ts'
import type { Probe } from '../../lib/lab/network/probe-script.ts'
import { openLab } from '../../lib/lab/open-lab.ts'
import { bareEnvironment, root } from '../fixtures/binary.ts'

const kernelModes = ['iptables', 'nftables'] as const
const proxyModes = ['userspace', 'anyip'] as const
const realModes = ['direct', ...proxyModes, ...kernelModes] as const
const levels = process.getuid?.() === 0 ? (['root', 'rootless'] as const) : (['rootless'] as const)

/** Runs `test` where this machine has the level; where it has not, that is a failure in CI and else said. */
async function atLevel(t: Test, level: LabLevel): Promise<boolean> {
  try {
    await chooseLevel({ level })
    return true
  } catch (error) {
    if (process.env['CI']) throw error
    t.plan(0, (error as Error).message)
    return false
  }
}

function count(answers: readonly Answer[], outcome: Answer['outcome']): number {
  return answers.filter((answer) => answer.outcome === outcome).length
}

/** All modes, one after the other, in the same lab. */
async function eachMode<Mode extends LabMode>(
  t: Test,
  { lab, modes }: { lab: Lab; modes: readonly Mode[] },
  check: (t: Test, mode: Mode) => Promise<void>,
): Promise<void> {
  for (const mode of modes) {
    await t.test(mode, async (t) => {
      await lab.setMode(mode)
      await check(t, mode)
    })
  }
}

for (const level of levels) {
  void t.test(level, async (t) => {
    if (!(await atLevel(t, level))) return
    const lab = await openLab({ level })
    t.teardown(() => lab.close())
    const { description } = lab
    t.equal(description.level, level)
    t.equal(description.reason, '')
    const modes = realModes.filter(
      (mode) => description.modes.find((info) => info.mode === mode)?.truth === 'REAL',
    )
    t.same(modes, realModes)

    await t.test('a pod sees whom the mode lets it see', (t) =>
      eachMode(t, { lab, modes }, async (t, mode) => {
        const answers = await lab.request({ count: 30 })
        t.equal(count(answers, 'ok'), 30)
        t.same(new Set(answers.map(({ pod }) => pod)), new Set(podNames))
        const isProxied = mode === 'userspace' || mode === 'anyip'
        for (const { pod, seenClient, attempts } of answers) {
          const node = `10.244.1${pod.at(-1)}.1`
          t.equal(seenClient, isProxied ? node : description.clientAddress)
          t.equal(attempts, 1)
        }
        if (mode === 'direct') return
        // By the node port, all modes hide who dialled.
        const fromOutside = await lab.request({ count: 5, from: 'outside', to: 'node-port' })
        for (const { outcome, pod, seenClient } of fromOutside) {
          t.equal(`${outcome} ${seenClient}`, `ok 10.244.1${pod.at(-1)}.1`)
        }
        t.equal(count(await lab.request({ count: 5, from: 'pod-1' }), 'ok'), 5)
      }),
    )

    await t.test('userspace takes pods in turn', async (t) => {
      await lab.setMode('userspace')
      const pods = (await lab.request({ count: 6 })).map(({ pod }) => pod)
      t.same(pods.slice(0, 3).toSorted(), podNames)
      t.same(pods.slice(3), pods.slice(0, 3))
    })

    await t.test('a killed pod: only a proxy tries another one', async (t) => {
      await lab.setCondition('pod-2', 'killed')
      await eachMode(t, { lab, modes: kernelModes }, async (t) => {
        const answers = await lab.request({ count: 300, concurrency: 8 })
        const refused = count(answers, 'refused')
        // Five standard deviations.
        t.ok(Math.abs(refused - 100) <= 40, `${refused} of 300 refused`)
        t.equal(count(answers, 'ok'), 300 - refused)
      })
      await eachMode(t, { lab, modes: proxyModes }, async (t) => {
        const answers = await lab.request({ count: 300, concurrency: 8 })
        t.equal(count(answers, 'ok'), 300)
        t.ok(
          answers.some(({ attempts }) => attempts > 1),
          'and says so',
        )
      })
      await lab.setCondition('pod-2', 'running')
      t.equal(count(await lab.request({ count: 30 }), 'ok'), 30, 'a revived pod answers again')
    })

    await t.test('an unplugged pod is silent', async (t) => {
      await lab.setCondition('pod-3', 'unplugged')
      await lab.setMode('iptables')
      const lost = await lab.request({ count: 60, concurrency: 60, timeoutMs: 300 })
      const timeouts = count(lost, 'timeout')
      t.ok(timeouts > 2 && timeouts < 45, `${timeouts} of 60 timed out`)
      t.equal(count(lost, 'ok'), 60 - timeouts)
      await lab.setMode('userspace')
      const answers = await lab.request({ count: 12, timeoutMs: 3000 })
      t.equal(count(answers, 'ok'), 12)
      const late = answers.find(({ attempts }) => attempts === 2)
      // The first dial is given up after 250 ms.
      t.ok(Number(late?.durationMs) >= 240, `${late?.durationMs} ms`)
      await lab.setCondition('pod-3', 'running')
      t.equal(count(await lab.request({ count: 30, timeoutMs: 3000 }), 'ok'), 30)
    })

    await t.test('an open connection outlives the endpoint, and ends with the pod', (t) =>
      eachMode(t, { lab, modes: ['userspace', 'anyip', ...kernelModes] as const }, async (t) => {
        const id = await lab.hold()
        const [first] = await lab.ask(id)
        t.equal(first?.outcome, 'ok')
        const pod = (first as Answer).pod as (typeof podNames)[number]
        await lab.setEndpoint(pod, { isListed: false })
        const later = await lab.ask(id, 3)
        t.same(
          later.map((one) => one.pod),
          [pod, pod, pod],
        )
        const others = await lab.request({ count: 30 })
        t.notOk(
          others.some((one) => one.pod === pod),
          'new ones go elsewhere',
        )
        await lab.setCondition(pod, 'killed')
        const [last] = await lab.ask(id)
        t.equal(last?.outcome, 'closed')
        await lab.release(id)
        await lab.setCondition(pod, 'running')
        await lab.setEndpoint(pod, { isListed: true })
      }),
    )

    await t.test('UDP: the kernel remembers where a socket was led to', async (t) => {
      await lab.setMode('iptables')
      const id = await lab.hold({ protocol: 'UDP' })
      const [first] = await lab.ask(id)
      const pod = (first as Answer).pod as (typeof podNames)[number]
      await lab.setEndpoint(pod, { isListed: false })
      t.same(
        (await lab.ask(id, 3)).map((one) => one.pod),
        [pod, pod, pod],
      )
      await lab.run('node', 'conntrack', ['-D', '-p', 'udp', '--orig-dst', '10.96.0.10'])
      const [after] = await lab.ask(id)
      t.equal(after?.outcome, 'ok')
      t.not(after?.pod, pod, 'until its entry is gone')
      await lab.release(id)
      await lab.setEndpoint(pod, { isListed: true })
    })

    await t.test('without endpoints clients are refused at once', async (t) => {
      for (const pod of podNames) await lab.setEndpoint(pod, { isReady: false })
      await eachMode(t, { lab, modes: [...proxyModes, ...kernelModes] as const }, async (t) => {
        const answers = await lab.request({ count: 3 })
        t.equal(count(answers, 'refused'), 3)
      })
      await eachMode(t, { lab, modes: proxyModes }, async (t) => {
        // Now and then the client is reset before it knows its own port.
        for (let i = 0; i < 5; i++) {
          const stations = (await lab.trace()).steps.map(({ station }) => station)
          t.same(stations.slice(-2), ['proxy-accept', 'refused'])
        }
      })
      for (const pod of podNames) await lab.setEndpoint(pod, { isReady: true })
    })

    await t.test('a port that the Service has not: nobody, or a refusal', async (t) => {
      const expected = {
        userspace: 'timeout',
        anyip: 'refused',
        iptables: 'timeout',
        nftables: 'refused',
      } as const
      await eachMode(
        t,
        { lab, modes: [...proxyModes, ...kernelModes] as const },
        async (t, mode) => {
          const [answer] = await lab.request({ to: 'wrong-port', timeoutMs: 300 })
          t.equal(answer?.outcome, expected[mode])
        },
      )
    })

    await t.test('with affinity a client stays', async (t) => {
      await lab.setAffinity('ClientIP')
      await eachMode(t, { lab, modes: [...proxyModes, ...kernelModes] as const }, async (t) => {
        const answers = await lab.request({ count: 20 })
        const pods = answers.map(({ outcome, pod }) => `${outcome} ${pod}`)
        t.same(
          pods,
          Array.from({ length: 20 }, () => pods[0]),
        )
        t.match(pods[0], /^ok pod-[123]$/)
      })
      await lab.setAffinity('None')
    })

    await t.test('the rules that are listed count what passes', async (t) => {
      await lab.setMode('iptables')
      const before = await lab.rules()
      const { ruleCount, serviceRuleCount, path } = (await lab.state()).carriage
      t.equal(before.length, ruleCount)
      t.equal(before.filter(({ isOfService }) => isOfService).length, serviceRuleCount)
      t.same(path.slice(0, 3), ['PREROUTING', 'KUBE-SERVICES', 'KUBE-SVC-CDGGSHYLG3RE2FKL'])
      await lab.request({ count: 10 })
      const of = (rules: typeof before): number =>
        rules
          .filter(({ chain, text }) => chain.startsWith('nat KUBE-SEP') && text.includes('DNAT'))
          .reduce((sum, { packets = 0 }) => sum + packets, 0)
      t.equal(of(await lab.rules()) - of(before), 10)
    })

    await t.test('the way of a packet is told', (t) =>
      eachMode(t, { lab, modes }, async (t, mode) => {
        const trace = await lab.trace()
        t.equal(trace.truth, 'REAL')
        t.equal(trace.answer.outcome, 'ok')
        const isProxied = mode === 'userspace' || mode === 'anyip'
        t.equal(trace.crossings, isProxied ? 4 : 2)
        t.equal(trace.connections, isProxied ? 2 : 1)
        const stations = trace.steps.map(({ station }) => station)
        t.same(new Set(stations), new Set(expectedStations[mode]))
        t.equal(stations[0], 'client')
        const last = trace.steps.at(-1)
        t.equal(last?.station, 'pod')
        t.equal(last?.source, trace.answer.seenClient)
        t.equal(last?.destination, `10.244.1${trace.answer.pod.at(-1)}.2:8080`)
        const listed = new Set((await lab.rules()).map(({ text }) => text))
        for (const { station, rule } of trace.steps) {
          if (station === 'rule') t.ok(listed.has(rule), `is one of the rules: ${rule}`)
        }
      }),
    )

    await t.test('other Services', async (t) => {
      for (const mode of [...proxyModes, ...kernelModes] as const) {
        await lab.setMode(mode)
        const before = (await lab.state()).carriage.ruleCount
        const { ruleCount, installMs } = await lab.setOtherServices(300)
        t.ok(ruleCount > before + 600 || mode === 'anyip', `${mode}: ${ruleCount} rules`)
        t.ok(installMs !== undefined && installMs > 0)
        t.equal(count(await lab.request({ count: 9 }), 'ok'), 9)
        t.equal((await lab.setOtherServices(0)).ruleCount, before)
      }
    })

    await t.test('nothing of a mode outlives it', async (t) => {
      await lab.setMode('direct')
      const saved = await lab.run('node', 'iptables-save', [])
      t.notMatch(saved.stdout, /KUBE|USERSPACE-PROXY/)
      t.notMatch((await lab.run('node', 'nft', ['list', 'tables'])).stdout, /kube-proxy/)
      t.notMatch(
        (await lab.run('node', 'ip', ['route', 'show', 'table', 'local'])).stdout,
        /10\.96/,
      )
      t.same(await lab.rules(), [])
    })

    await t.test('ipvs is a model, with its schedulers, and has no speed', async (t) => {
      t.equal((await lab.setMode('ipvs')).truth, 'SIMULATED')
      await lab.setScheduler('sh')
      const answers = await lab.request({ count: 6 })
      t.equal(new Set(answers.map(({ pod }) => pod)).size, 1)
      t.equal(answers[0]?.durationMs, undefined)
      await t.rejects(lab.measure({ kind: 'bulk', mode: 'ipvs' }), { code: 'ERR_UNSUPPORTED' })
      await lab.setMode('direct')
      await lab.setScheduler('rr')
      await lab.setMode('userspace')
      await t.rejects(lab.setScheduler('dh'), { code: 'ERR_UNSUPPORTED' })
    })

    await t.test(
      'what is measured has figures, and figures that are spoiled are refused',
      async (t) => {
        const durationMs = 150
        for (const kind of ['new-connections', 'open-connection'] as const) {
          const {
            count,
            p50 = 0,
            p99 = 0,
            failed,
          } = await lab.measure({
            kind,
            durationMs,
            mode: 'userspace',
          })
          t.ok(count > 10 && p50 > 5 && p99 >= p50, `${kind}: ${count}, ${p50} to ${p99} us`)
          t.equal(failed, 0)
        }
        const { bytesPerSecond = 0 } = await lab.measure({
          kind: 'bulk',
          mode: 'direct',
          durationMs,
        })
        t.ok(bytesPerSecond > 1e7, `${bytesPerSecond} bytes per second`)

        const kind = 'parallel-connections'
        await lab.measure({ kind, mode: 'direct', durationMs: 1000 })
        const { invalid } = await lab.measure({
          kind,
          mode: 'iptables',
          durationMs: 1000,
          reusesClientAddress: true,
        })
        t.match(invalid, /\d+ SYN retransmits?, \d+ resets?/)
      },
    )

    await t.test('faults of who calls are told as such', async (t) => {
      await t.rejects(lab.ask(12_345), { code: 'ERR_LAB', message: /not held/ })
      const { exitCode } = await lab.run('pod-1', 'no-such-command', [])
      t.equal(exitCode, 127)
      await t.rejects(lab.run('node', 'no-such-command', []), { code: 'ERR_LAB' })
      const { stdout } = await lab.run('client', 'ip', ['-br', 'address', 'show', 'dev', 'eth0'])
      t.match(stdout, /10\.244\.10\.2\/24/)
    })

    await lab.close()
    await t.rejects(lab.state(), { code: 'ERR_LAB' })
    await lab.close()
  })
}

for (const level of levels) {
  void t.test(
    `${level}: where tools are missing, a model takes their place and says so`,
    async (t) => {
      const choice = await chooseLevel({ level }).catch(() => undefined)
      if (choice === undefined || choice.level === 'loopback') {
        t.plan(0, 'no network namespaces')
        return
      }
      const openWith = async (probe: Partial<Probe>): Promise<Lab> => {
        const parts = { level: choice.level, reason: '', modes: choice.modes }
        const lab = await openNetworkLab({ ...parts, probe: { ...choice.probe, ...probe } })
        t.teardown(() => lab.close())
        return lab
      }

      await t.test('without xtables-monitor the rules are walked', async (t) => {
        const lab = await openWith({ hasXtablesMonitor: false })
        for (const mode of ['userspace', 'iptables'] as const) {
          await lab.setMode(mode)
          // Until each pod has been led to: the dice of the walk are to fall as the kernel's.
          for (const seen = new Set(); seen.size < podNames.length;) {
            const { truth, answer, steps } = await lab.trace()
            t.equal(truth, 'SIMULATED')
            seen.add(answer.pod)
            t.same(new Set(steps.map(({ station }) => station)), new Set(expectedStations[mode]))
            t.equal(steps.at(-1)?.destination, `10.244.1${answer.pod.at(-1)}.2:8080`)
          }
        }
      })

      await t.test('without iptables a route leads to the proxy', async (t) => {
        const lab = await openWith({ iptables: '' })
        t.equal((await lab.setMode('iptables')).truth, 'SIMULATED')
        const { truth, path } = await lab.setMode('userspace')
        t.equal(`${truth} ${path.join()}`, 'REAL route local')
        t.equal(count(await lab.request({ count: 6 }), 'ok'), 6)
        t.ok((await lab.trace()).steps.some(({ station }) => station === 'route'))
      })

      await t.test('without nft its table is a model', async (t) => {
        const lab = await openWith({ nft: '' })
        t.equal((await lab.setMode('nftables')).truth, 'SIMULATED')
        await lab.setCondition('pod-1', 'killed')
        const refused = count(await lab.request({ count: 300 }), 'refused')
        t.ok(Math.abs(refused - 100) <= 40, `${refused} of 300 refused`)
        const id = await lab.hold()
        await lab.ask(id)
        await lab.release(id)
        t.equal((await lab.trace()).truth, 'SIMULATED')
      })
    },
  )
}

const throughProxy = ['proxy-accept', 'proxy-dial', 'output', 'pod']
const translated = ['client', 'prerouting', 'rule', 'dnat', 'forward', 'postrouting', 'pod']
const expectedStations: Readonly<Record<(typeof realModes)[number], readonly string[]>> = {
  direct: ['client', 'route', 'forward', 'pod'],
  userspace: ['client', 'prerouting', 'rule', 'redirect', 'input', ...throughProxy],
  anyip: ['client', 'prerouting', 'route', 'input', ...throughProxy],
  iptables: translated,
  nftables: translated,
}

/** A user without any rights, where this one has some. */
const asNobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--']
const ownMachine = ['--net', '--mount', '--pid', '--mount-proc', '--fork', '--kill-child', '--']
const unshare = (level: LabLevel): string[] => {
  return ['unshare', ...(level === 'root' ? [] : ['--user', '--map-root-user']), ...ownMachine]
}
// Where the repository itself lies in /tmp, hiding that would hide it.
const hidden = ['/run', ...(root.startsWith('/tmp/') ? [] : ['/tmp'])]
const ownFiles = `${hidden.map((path) => `mount -n -t tmpfs tmpfs ${path} && `).join('')}exec "$@"`
const runWithOwnFiles = ['sh', '-c', ownFiles, 'sh']

for (const level of levels) {
  void t.test(`${level}: however a lab ends, nothing of it is left`, async (t) => {
    if (!(await atLevel(t, level))) return
    const path = fileURLToPath(new URL('../fixtures/lab/left-behind.ts', import.meta.url))
    const [command = '', ...args] = [
      ...(level === 'rootless' && process.getuid?.() === 0 ? asNobody : []),
      ...unshare(level),
      ...runWithOwnFiles,
      ...bareEnvironment([path, level]),
    ]
    const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 })
    t.equal(stderr, '')
    const { seen, ...left } = JSON.parse(stdout) as { seen: number }
    t.ok(seen > 5, 'the comparison would see what is left')
    t.same(left, { afterClose: [], error: 'ERR_LAB', afterError: [], afterKill: [] })
  })
}
