// Who reaches which endpoints, by which address: traffic policies, source ranges and hints, with the daemon on a node of
// its own, and each of them changed while it runs.
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { installedRules, startDaemon } from '../fixtures/daemon.ts'
import type { Host, Network } from '../fixtures/network.ts'
import { openNetwork } from '../fixtures/network.ts'
import type { Conversation, Target } from '../fixtures/survey.ts'
import { converse, startNamedServer, survey } from '../fixtures/survey.ts'

const nodePort = 30_080
const families = ['IPv4', 'IPv6'] as const
const protocols = ['TCP', 'UDP'] as const
type Family = (typeof families)[number]
type Protocol = (typeof protocols)[number]

const vips = {
  IPv4: { cluster: '10.96.0.10', external: '198.51.100.7', loadBalancer: '203.0.113.9' },
  IPv6: {
    cluster: 'fd00:10:96::10',
    external: '2001:db8:7::7',
    loadBalancer: '2001:db8:9::9',
  },
} as const
const podCIDRs = ['10.244.0.0/16', 'fd00:10:244::/64']
const externalCIDRs = '198.51.100.0/24,2001:db8:7::/48'

/** The first two pods are on this node. */
const all = 'pod-1 pod-2 pod-3'
const local = 'pod-1 pod-2'
const nobody = 'nobody'

/** For each way in, who answers. */
type Ways = Readonly<
  Partial<Record<keyof (typeof vips)['IPv4'] | 'nodePort' | 'localhost', string>>
>

interface Asker {
  readonly name: string
  readonly host: Host
  /** Default: its host's own. */
  readonly address?: Readonly<Record<Family, string>>
}

/** What a manifest says that differs from test to test. */
interface Settings {
  /** Of the Service's spec. */
  readonly spec?: object
  /** Default: all. */
  readonly pods?: readonly number[]
  /** The zone that each pod is hinted for. Default: no hints. */
  readonly hints?: readonly string[]
  /** Of the node. */
  readonly zone?: string
}

function addressOf(host: Host, family: Family): string {
  return family === 'IPv4' ? host.ipv4 : host.ipv6
}

function manifest(network: Network, settings: Settings = {}): string {
  const { spec, pods = [1, 2, 3], hints, zone = 'zone-a' } = settings
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node-1', labels: { 'topology.kubernetes.io/zone': zone } },
    spec: { podCIDRs },
    status: {
      addresses: families.map((family) => {
        return { type: 'InternalIP', address: addressOf(network.node, family) }
      }),
    },
  }
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      type: 'LoadBalancer',
      clusterIP: vips.IPv4.cluster,
      clusterIPs: families.map((family) => vips[family].cluster),
      ipFamilies: families,
      externalIPs: families.map((family) => vips[family].external),
      ports: protocols.map((protocol) => {
        return { name: protocol.toLowerCase(), protocol, port: 80, nodePort }
      }),
      ...spec,
    },
    status: {
      loadBalancer: { ingress: families.map((family) => ({ ip: vips[family].loadBalancer })) },
    },
  }
  const slices = families.map((addressType) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `web-${addressType.toLowerCase()}`,
      namespace: 'shop',
      labels: { 'kubernetes.io/service-name': 'web' },
    },
    addressType,
    ports: protocols.map((protocol) => ({ name: protocol.toLowerCase(), protocol, port: 8080 })),
    endpoints: pods.map((n) => ({
      addresses: [addressOf(network.pods[n - 1] as Host, addressType)],
      nodeName: n === 3 ? 'node-2' : 'node-1',
      ...(hints && { hints: { forZones: [{ name: hints[n - 1] }] } }),
    })),
  }))
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [node, service, ...slices] })
}

/** No endpoint, or none for this client: TCP is reset, a datagram is dropped. */
function outcome(protocol: Protocol, answer: string): string {
  const none = protocol === 'TCP' ? /^ECONN(RESET|REFUSED)$/ : /^(silence|ECONNREFUSED)$/
  return none.test(answer) ? nobody : answer
}

/** Looks until it is right, for 10 s at most; returns what was seen last. */
async function eventually<T>(look: () => Promise<T>, isRight: (seen: T) => boolean): Promise<T> {
  const until = Date.now() + 10_000
  for (;;) {
    const seen = await look()
    if (isRight(seen) || Date.now() > until) return seen
    await delay(50)
  }
}

class Site {
  readonly #network: Network

  constructor(network: Network) {
    this.#network = network
  }

  target(asker: Asker, protocol: Protocol, family: Family, way: keyof Ways): Target {
    const from = asker.address?.[family]
    const place = {
      ...vips[family],
      nodePort: addressOf(this.#network.node, family),
      localhost: family === 'IPv4' ? '127.0.0.1' : '::1',
    }
    const port = way === 'nodePort' || way === 'localhost' ? nodePort : 80
    return { protocol, address: place[way], port, from }
  }

  /** What `ways` says comes true for `asker`, for both families. */
  async sees(
    t: Test,
    asker: Asker,
    ways: Ways,
    which: readonly Protocol[] = protocols,
  ): Promise<void> {
    const rows = which.flatMap((protocol) =>
      families.flatMap((family) =>
        (Object.entries(ways) as [keyof Ways, string][]).map(([way, expected]) => ({
          protocol,
          key: `${protocol} ${family} ${way}`,
          expected,
          target: this.target(asker, protocol, family, way),
        })),
      ),
    )
    const questions = rows.map(({ target, expected }) => {
      const isNobody = expected === nobody
      return { target, clients: isNobody ? 1 : 3, patienceMs: isNobody ? 300 : 3000 }
    })
    const look = async () => {
      const answers = await survey(asker.host, questions)
      return Object.fromEntries(
        rows.map(({ protocol, key }, i) => [key, outcome(protocol, answers[i] ?? '')]),
      )
    }
    const isRight = (seen: Record<string, string>) =>
      rows.every(({ key, expected }) => seen[key] === expected)
    const wanted = Object.fromEntries(rows.map(({ key, expected }) => [key, expected]))
    t.strictSame(await eventually(look, isRight), wanted, `${which.join()} from ${asker.name}`)
  }
}

const network = await openNetwork(t)
if (network) {
  const { node, pods, client, outside } = network
  const ip = (host: Host, ...args: string[]) => host.run('ip', args)
  const second = { IPv4: '192.168.77.3', IPv6: 'fd00:77::3' }
  await ip(outside, 'address', 'add', `${second.IPv4}/24`, 'dev', 'eth0')
  await ip(outside, 'address', 'add', `${second.IPv6}/64`, 'dev', 'eth0', 'nodad')
  await node.run('sysctl', ['-qw', 'net.ipv6.ip_nonlocal_bind=1'])
  await Promise.all(pods.map((pod) => startNamedServer(pod, 8080)))

  const site = new Site(network)
  const first = {
    name: 'outside',
    host: outside,
    address: { IPv4: outside.ipv4, IPv6: outside.ipv6 },
  }
  const other = { name: 'another address outside', host: outside, address: second }
  /** Of everybody, in turn: what clients outside, pods and the node itself see. */
  const everybodySees = async (
    t: Test,
    ways: { readonly outside: Ways; readonly pod: Ways; readonly node: Ways },
  ) => {
    // A refusal of TCP costs no waiting: this waits for the change.
    await site.sees(t, first, ways.outside, ['TCP'])
    await site.sees(t, first, ways.outside)
    await site.sees(t, { name: 'a pod', host: client }, ways.pod)
    await site.sees(t, { name: 'the node', host: node }, ways.node)
  }
  const everyWay = (who: string) => ({
    cluster: who,
    external: who,
    loadBalancer: who,
    nodePort: who,
  })
  const everyWayOnNode = (who: string) => ({ ...everyWay(who), localhost: who })
  const everybody = (who: string) => ({
    outside: everyWay(who),
    pod: everyWay(who),
    node: everyWayOnNode(who),
  })

  /** What a Service that was split and joined again must not leave. */
  const traces = async () => {
    const sorted = (text: string) => text.split('\n').sort()
    const routes = ['-4', '-6'].map((family) => ip(node, family, 'route', 'show', 'table', 'local'))
    const listening = await node.run('ss', ['-Hlntu'])
    return {
      rules: sorted(await installedRules(node)),
      // Link-local addresses come up by themselves a second after their link, and are none of ours.
      routes: (await Promise.all(routes))
        .flatMap(({ stdout }) => sorted(stdout))
        .filter((route) => !route.includes(' fe80:')),
      // The queues are of the moment.
      listening: sorted(listening.stdout.replace(/^(\S+ +\S+) +\d+ +\d+ +/gm, '$1 ')),
    }
  }

  const modes = [
    {
      mode: 'iptables',
      flags: ['--portals', 'iptables', '--bind-address', '0.0.0.0'],
      // Who is a pod is told by a flag here, and by the Node below.
      pods: ['--cluster-cidr', podCIDRs.join()],
    },
    {
      mode: 'anyip',
      flags: ['--portals', 'anyip', '--service-cidr', '10.96.0.0/16,fd00:10:96::/112'],
      pods: [],
    },
  ]
  for (const { mode, flags, pods } of modes) {
    t.test(mode, async (t) => {
      if (mode === 'anyip') {
        // There a load-balancer IP has to be an address of the node, as some load balancers make it.
        await ip(node, 'address', 'add', `${vips.IPv4.loadBalancer}/32`, 'dev', 'eth0')
        await ip(node, 'address', 'add', `${vips.IPv6.loadBalancer}/128`, 'dev', 'eth0', 'nodad')
      }
      const common = ['--hostname-override', 'node-1', '--external-ip-cidrs', externalCIDRs]
      const daemon = await startDaemon(t, node, {
        text: manifest(network, { spec: { externalTrafficPolicy: 'Cluster' } }),
        flags: [...flags, ...common, ...pods],
      })
      const becomes = (settings: Settings) => daemon.write(manifest(network, settings))
      const clients = (protocol: Protocol, count: number) =>
        families.flatMap((family) =>
          Array.from({ length: count }, () => site.target(first, protocol, family, 'nodePort')),
        )

      t.test('externalTrafficPolicy Local, and back, with connections open', async (t) => {
        await everybodySees(t, everybody(all))
        const before = await traces()
        const early = await converse(t, outside, clients('TCP', 3))
        const earlyAnswers = await early.ask()
        t.strictSame(earlyAnswers.slice(0, 3).sort().join(' '), all)
        t.strictSame(earlyAnswers.slice(3).sort().join(' '), all)
        const flows = await converse(t, outside, clients('UDP', 3))
        t.strictSame(
          (await flows.ask()).toSorted().join(' '),
          'pod-1 pod-1 pod-2 pod-2 pod-3 pod-3',
        )

        becomes({ spec: { externalTrafficPolicy: 'Local' } })
        await everybodySees(t, {
          ...everybody(all),
          outside: { ...everyWay(local), cluster: all },
        })
        t.strictSame(await early.ask(), earlyAnswers, 'connections live on')
        t.strictSame(await answersWithin(flows, local), [], 'a flow is where the policy wants it')
        const late = await converse(t, outside, clients('TCP', 2))
        const lateAnswers = await late.ask()
        t.strictSame(lateAnswers.toSorted().join(' '), 'pod-1 pod-1 pod-2 pod-2')

        becomes({ spec: { externalTrafficPolicy: 'Cluster' } })
        await everybodySees(t, everybody(all))
        t.strictSame(await early.ask(), earlyAnswers, 'through both changes')
        t.strictSame(await late.ask(), lateAnswers, 'also those of the entry that is no more')
        t.strictSame(await answersWithin(flows, all), [])
        await Promise.all([early, late, flows].map((conversation) => conversation.end()))
        t.strictSame(await traces(), before, 'no rule, route or listener is left')
      })

      t.test('externalTrafficPolicy Local without an endpoint here', async (t) => {
        becomes({ spec: { externalTrafficPolicy: 'Local' }, pods: [3] })
        await everybodySees(t, {
          ...everybody('pod-3'),
          outside: { ...everyWay(nobody), cluster: 'pod-3' },
        })
      })

      t.test('internalTrafficPolicy Local is for the cluster IP only', async (t) => {
        becomes({ spec: { internalTrafficPolicy: 'Local' } })
        await everybodySees(t, {
          outside: { ...everyWay(all), cluster: local },
          pod: { ...everyWay(all), cluster: local },
          node: { ...everyWayOnNode(all), cluster: local },
        })
        becomes({
          spec: { internalTrafficPolicy: 'Local', externalTrafficPolicy: 'Local' },
          pods: [3],
        })
        await everybodySees(t, {
          outside: everyWay(nobody),
          pod: { ...everyWay('pod-3'), cluster: nobody },
          node: { ...everyWayOnNode('pod-3'), cluster: nobody },
        })
      })

      t.test('loadBalancerSourceRanges are for the load-balancer IP only', async (t) => {
        const ranges = (host: Host) => [`${host.ipv4}/32`, `${host.ipv6}/128`]
        const others = { ...everyWay(all), loadBalancer: nobody }
        becomes({ spec: { loadBalancerSourceRanges: ranges(outside) } })
        await everybodySees(t, {
          outside: everyWay(all),
          pod: others,
          node: { ...others, localhost: all },
        })
        await site.sees(t, other, others)
        becomes({ spec: { loadBalancerSourceRanges: ranges(node) } })
        await everybodySees(t, { outside: others, pod: others, node: everyWayOnNode(all) })
      })

      t.test('hints for the zone of the node, and for the one it moves to', async (t) => {
        const hints = ['zone-a', 'zone-b', 'zone-a']
        becomes({ hints })
        await everybodySees(t, everybody('pod-1 pod-3'))
        becomes({ hints, zone: 'zone-b' })
        await everybodySees(t, everybody('pod-2'))
        becomes({ hints, zone: 'zone-c' })
        await everybodySees(t, everybody(all))
      })

      t.test('the policy changes under traffic, and no new connection fails', async (t) => {
        const script = `
          const outcomes = {}
          const until = Date.now() + 4500
          const next = (host, port) => {
            if (Date.now() > until) return
            const socket = require('net').connect({ host, port }, () => socket.write('?'))
            let outcome = 'silence'
            const timer = setTimeout(() => socket.destroy(), 2000)
            socket.on('data', () => { outcome = 'served'; socket.destroy() })
            socket.on('error', ({ code }) => (outcome = code))
            socket.on('close', () => {
              clearTimeout(timer)
              outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
              setTimeout(next, 2, host, port)
            })
          }
          const targets = JSON.parse(process.argv[1])
          for (const { address, port } of targets) for (let i = 0; i < 4; i++) next(address, port)
          process.on('exit', () => console.log(JSON.stringify(outcomes)))`
        const ways = ['cluster', 'external', 'nodePort'] as const
        const targets = families.flatMap((family) =>
          ways.map((way) => site.target(first, 'TCP', family, way)),
        )
        const traffic = outside.run(process.execPath, ['-e', script, JSON.stringify(targets)])
        for (let change = 0; change < 6; change++) {
          await delay(600)
          becomes({ spec: { externalTrafficPolicy: change % 2 ? 'Cluster' : 'Local' } })
        }
        const { served = 0, ...failed } = JSON.parse((await traffic).stdout) as Record<
          string,
          number
        >
        t.comment(`${served} served, ${JSON.stringify(failed)}`)
        t.ok(served > 100)
        // AnyIP moves an address from one socket to another: in between nobody listens there.
        const borne = mode === 'anyip' ? ['ECONNRESET', 'ECONNREFUSED'] : []
        t.strictSame(
          Object.keys(failed).filter((code) => !borne.includes(code)),
          [],
        )
      })

      t.test('SIGTERM leaves nothing of any entry', async (t) => {
        becomes({ spec: { externalTrafficPolicy: 'Local' } })
        await site.sees(t, first, { external: local })
        t.equal(await daemon.stop(), 0)
        const { rules, routes } = await traces()
        t.notMatch(rules.join('\n'), /KUBE-|USERSPACE-PROXY/)
        t.notMatch(routes.join('\n'), /10[.:]96|198\.51\.100|2001:db8:7/)
      })
    })
  }
}

/** Answers of a conversation that are not among `wanted`, looked at until there is none. */
async function answersWithin(conversation: Conversation, wanted: string): Promise<string[]> {
  const names = wanted.split(' ')
  const strange = async () => (await conversation.ask()).filter((name) => !names.includes(name))
  return eventually(strange, (seen) => seen.length === 0)
}
