// What the lab renders, loaded into a kernel: it is taken to the letter, and real connections go where the walk says.
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { json } from 'node:stream/consumers'
import t from 'tap'
import type { DesiredServicePort } from '../../lib/index.ts'
import { ManifestSource, plannedServicePorts } from '../../lib/index.ts'
import type { RenderMode, Rendering } from '../../lib/lab/index.ts'
import { render } from '../../lib/lab/index.ts'
import { normalForm } from '../../lib/portal/rule-form.ts'
import type { CommandResult, RunCommand } from '../../lib/portal/run-command.ts'
import { runVariant, usableVariants } from '../fixtures/iptables-variant.ts'
import type { Host } from '../fixtures/network.ts'
import { openNetwork } from '../fixtures/network.ts'
import { startServer } from '../fixtures/probe.ts'
import { startEndpoint } from '../fixtures/traffic.ts'

const services = await planned('golden/default-services.yaml')
const everyWay = await planned('lab/every-way.yaml')

async function planned(name: string): Promise<readonly DesiredServicePort[]> {
  const path = fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))
  const { servicePorts } = await plannedServicePorts({
    source: new ManifestSource({ paths: [path] }),
    externalIPCIDRs: ['0.0.0.0/0', '::/0'],
    nodeName: 'node-a',
  })
  return servicePorts
}

/** Its endpoints are the pods of the test network. Who dials is outside, and a pod or a stranger as the CIDR says. */
function rendered(mode: RenderMode, clusterCIDR = '10.244.0.0/16'): Rendering {
  const nodeAddresses = ['192.168.77.1']
  const clusterCIDRs = [clusterCIDR]
  return render({ mode, servicePorts: services, clusterCIDRs, nodeAddresses, withSteps: true })
}

function everyWayRendered(mode: RenderMode, release: '1.20' | '1.23' = '1.20'): Rendering {
  return render({
    mode,
    release,
    servicePorts: everyWay,
    clusterCIDRs: ['10.244.0.0/16', 'fd00:10:244::/64'],
    nodeAddresses: ['192.168.77.1', 'fd00:77::1'],
  })
}

function textOf({ families }: Rendering): string {
  return families.map(({ text }) => text).join('')
}

const dialMany = `
const [host, port, count] = process.argv.slice(1)
const answers = {}
let [begun, ended] = [0, 0]
function dial() {
  if (begun++ >= Number(count)) return
  const socket = require('net').connect({ host, port: Number(port) })
  const end = (answer) => {
    answers[answer] = (answers[answer] ?? 0) + 1
    socket.destroy()
    if (++ended === Number(count)) process.stdout.write(JSON.stringify(answers))
    else dial()
  }
  socket.once('data', (data) => end(String(data))).once('error', ({ code }) => end(code))
}
for (let i = 0; i < 16; i++) dial()
`

/** How often which answer came, or which error. */
async function answers(
  from: Host,
  place: readonly [string, number],
  count: number,
): Promise<Record<string, number>> {
  const args = ['-e', dialMany, ...place.map(String), String(count)]
  const child = from.spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  return (await json(child.stdout as never)) as Record<string, number>
}

/** Five standard deviations around a third: once in a million runs it is outside by chance. */
function isThird(count: number | undefined, all: number): boolean {
  return Math.abs((count ?? 0) - all / 3) < 5 * Math.sqrt((all * 2) / 9)
}

const network = await openNetwork(t)
if (network) {
  const { node, pods, outside } = network
  const dying: Awaited<ReturnType<typeof startEndpoint>>[] = []
  for (const pod of pods) {
    dying.push(await startEndpoint(pod, { address: pod.ipv4, port: 8080, name: pod.name }))
    await startServer(pod, pod.ipv4, 9090)
  }
  const clusterIP = '10.96.10.10'

  /** What every mode has to do with real connections. */
  const check = (name: string, mode: RenderMode, load: (text: string) => Promise<void>) => {
    t.test(`${name}: connections go to all endpoints, each to one of them by chance`, async (t) => {
      await load(textOf(rendered(mode)))
      for (const place of [
        [clusterIP, 80],
        [node.ipv4, 30_080],
      ] as const) {
        const counts = await answers(outside, place, 300)
        t.same(Object.keys(counts).toSorted(), ['pod-1', 'pod-2', 'pod-3'])
        for (const count of Object.values(counts)) t.ok(isThird(count, 300), JSON.stringify(counts))
      }
    })

    t.test(`${name}: with affinity a client stays`, async (t) => {
      const [first = ''] = Object.keys(await answers(outside, ['10.96.10.11', 80], 1))
      t.match(first, /^pod-[123]$/)
      t.same(await answers(outside, ['10.96.10.11', 80], 30), { [first]: 30 })
    })

    t.test(`${name}: an endpoint sees whom the walk says it sees`, async (t) => {
      // As a stranger it is masqueraded, as a pod it is not.
      for (const [clusterCIDR, seen] of [
        ['10.244.0.0/16', '10.244.0.1'],
        ['192.168.77.0/24', outside.ipv4],
      ] as const) {
        await load(textOf(rendered(mode, clusterCIDR)))
        t.same(await answers(outside, [clusterIP, 90], 6), { [`${seen} 9090`]: 6 })
      }
      t.same(await answers(outside, [node.ipv4, 30_090], 6), { '10.244.0.1 9090': 6 })
    })
  }

  for (const variant of await usableVariants(node)) {
    const run = runVariant(node, variant)
    const name = `iptables-${variant}`
    const load = (text: string) => succeed(run('iptables-restore', [], text))

    t.test(`${name}: prints what was rendered`, async (t) => {
      const text = textOf(rendered('iptables'))
      await load(text)
      const { stdout } = await run('iptables-save', [])
      t.strictSame(rulesOf(stdout), rulesOf(text))
    })

    t.test(`${name}: prints what was rendered of every way into a Service`, async (t) => {
      for (const release of ['1.20', '1.23'] as const) {
        for (const { family, text } of everyWayRendered('iptables', release).families) {
          const tool = family === 'IPv4' ? 'iptables' : 'ip6tables'
          await succeed(run(`${tool}-restore`, [], text))
          const { stdout } = await run(`${tool}-save`, [])
          t.strictSame(rulesOf(stdout), rulesOf(text), `${release} ${family}`)
        }
      }
    })

    t.test(`${name}: the rules that matched are those of the walk`, async (t) => {
      const rendering = rendered('iptables')
      const { steps } = rendering.entries.find(
        ({ service, way }) => service === 'default/web:half' && way === 'node-port',
      ) as Rendering['entries'][number]
      // Whichever endpoint it is, the rules up to the dice are the same.
      const upToDice = steps.filter(
        ({ chain, isMatch }) => isMatch && !/KUBE-S(?:VC|EP)|FORWARD/.test(chain),
      )
      await load(textOf(rendering))
      await answers(outside, [node.ipv4, 30_090], 1)
      t.same(
        (await matchedNatRules(run)).filter((rule) => !/^-A KUBE-S(?:VC|EP)/.test(rule)),
        upToDice.map(({ rule }) => rule).toSorted(),
      )
    })

    check(name, 'iptables', load)
    await t.test(`${name}: is gone`, async () =>
      load('*nat\nCOMMIT\n*filter\nCOMMIT\n*mangle\nCOMMIT\n'),
    )
  }

  const loadNft = async (text: string) => {
    // Made first, so that there is one to be deleted.
    const empty = ['ip', 'ip6'].map((family) => {
      return `table ${family} kube-proxy\ndelete table ${family} kube-proxy\n`
    })
    await succeed(node.run('nft', ['-f', '-'], `${empty.join('')}${text}`))
  }

  t.test('nftables: has as many rules and elements as were rendered', async (t) => {
    for (const rendering of [rendered('nftables'), everyWayRendered('nftables')]) {
      await loadNft(textOf(rendering))
      for (const { family, counts } of rendering.families) {
        const table = [family === 'IPv4' ? 'ip' : 'ip6', 'kube-proxy']
        const { stdout } = await node.run('nft', ['-j', 'list', 'table', ...table])
        t.same(countsOf(stdout), counts, family)
      }
    }
  })

  check('nftables', 'nftables', loadNft)

  t.test('nftables: an endpoint that is dead takes its share with it', async (t) => {
    const [, , last] = dying
    const exit = once(last as never, 'exit')
    last?.kill('SIGKILL')
    await exit
    const counts = await answers(outside, [clusterIP, 80], 300)
    t.ok(isThird(counts['ECONNREFUSED'], 300), JSON.stringify(counts))
  })
}

async function succeed(done: Promise<CommandResult>): Promise<void> {
  const { exitCode, stderr } = await done
  if (exitCode !== 0) throw new Error(stderr)
}

/** Of what `nft -j list table` prints. */
function countsOf(text: string): object {
  const { nftables } = JSON.parse(text) as { nftables: Record<string, { elem?: unknown[] }>[] }
  const elements = nftables.flatMap(({ map, set }) => (map ?? set)?.elem ?? [])
  const rules = nftables.filter(({ rule }) => rule !== undefined)
  return { rules: rules.length, elements: elements.length }
}

function rulesOf(text: string): string[] {
  const rules = text.split('\n').filter((line) => line.startsWith('-A '))
  return rules.map(normalForm).toSorted()
}

/** Those of the nat table that a packet has matched since they were loaded. */
async function matchedNatRules(run: RunCommand): Promise<string[]> {
  const { stdout } = await run('iptables-save', ['-c', '-t', 'nat'])
  const matched = stdout.split('\n').filter((line) => /^\[(?!0:)\d+:\d+\] -A/.test(line))
  return matched.map((line) => line.replace(/^\S+ /, '')).toSorted()
}
