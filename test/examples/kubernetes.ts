/** The manifests for a cluster and their image: what can be checked of them without one. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { parseDuration } from '../../bin/duration.ts'
import { parseHostPort } from '../../lib/index.ts'
import { root, runBinary } from '../fixtures/binary.ts'

const folder = `${root}examples/kubernetes`
const files = [
  'daemonset.yaml',
  'daemonset-service-proxy-name.yaml',
  'daemonset-localhost-nodeports.yaml',
]
const packageJson = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  readonly version: string
  readonly bin: Readonly<Record<string, string>>
}

/** What this test reads of an object. */
interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
  }
}

interface ClusterRole extends KubernetesObject {
  readonly rules: readonly unknown[]
}

interface DaemonSet extends KubernetesObject {
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> }
    readonly updateStrategy: unknown
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> }
      readonly spec: PodSpec
    }
  }
}

interface PodSpec {
  readonly serviceAccountName: string
  readonly hostNetwork: boolean
  readonly dnsPolicy: string
  readonly priorityClassName: string
  readonly nodeSelector: Readonly<Record<string, string>>
  readonly affinity?: unknown
  readonly tolerations: unknown
  readonly terminationGracePeriodSeconds: number
  readonly securityContext: unknown
  readonly containers: readonly [Container]
  readonly volumes?: unknown
}

interface Container {
  readonly image: string
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string }[]
  readonly ports: readonly [{ readonly name: string; readonly containerPort: number }]
  readonly startupProbe: Probe
  readonly livenessProbe: Probe
  readonly readinessProbe: Probe
  readonly resources: unknown
  readonly securityContext: unknown
  readonly volumeMounts?: unknown
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string }
}

function read(name: string): KubernetesObject[] {
  const documents = parseAllDocuments(readFileSync(`${folder}/${name}`, 'utf8'))
  return [documents].flat().map((document) => {
    const faults = [...document.errors, ...document.warnings]
    if (faults.length > 0) throw new AggregateError(faults, name)
    return document.toJS() as KubernetesObject
  })
}

function find(name: string, kind: string): KubernetesObject {
  const found = read(name).filter((object) => object.kind === kind)
  if (found.length !== 1) throw new Error(`${name} holds ${found.length} of ${kind}`)
  return found[0] as KubernetesObject
}

function daemonSetOf(name: string): DaemonSet {
  return find(name, 'DaemonSet') as DaemonSet
}

function podOf(name: string): PodSpec {
  return daemonSetOf(name).spec.template.spec
}

/** `--grace=30s` as `grace` and `30s`; a flag without a value has `''`. */
function flagsOf(name: string): Map<string, string> {
  const [command, ...args] = podOf(name).containers[0].args
  if (command !== 'run') throw new Error(`${name} does not begin with run`)
  return new Map(
    args.map((arg) => {
      const [, flag, value = ''] = /^--([a-z-]+)(?:=(.+))?$/.exec(arg) ?? []
      if (flag === undefined) throw new Error(`${name}: ${arg} is no flag`)
      return [flag, value]
    }),
  )
}

t.test('there is no other manifest', async (t) => {
  const manifests = globSync('*.yaml', { cwd: folder }).sort()
  t.same(manifests, [...files, 'kube-proxy-patch.yaml'].sort())
})

t.test('every flag is one of run', async (t) => {
  const { stdout } = await runBinary(t, ['run', '--help'])
  const known = new Set(
    [...stdout.matchAll(/^ {2,}(?:-\w, )?--([a-z-]+)/gm)].map(([, name]) => name),
  )
  t.ok(known.has('portals') && known.has('grace'), 'the help is read')
  for (const name of files) {
    t.same(
      [...flagsOf(name).keys()].filter((flag) => !known.has(flag)),
      [],
      name,
    )
  }
})

/** Least rights: what is watched is listed first, and its own Node is asked for. */
const rules = [
  { apiGroups: [''], resources: ['services'], verbs: ['list', 'watch'] },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
  { apiGroups: [''], resources: ['endpoints'], verbs: ['list', 'watch'] },
  { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
]

const confined = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
}
const seccomp = { seccompProfile: { type: 'RuntimeDefault' } }

for (const name of files) {
  t.test(`${name} has the least rights in the cluster`, async (t) => {
    t.same((find(name, 'ClusterRole') as ClusterRole).rules, rules)
    const daemonSet = daemonSetOf(name)
    const own = daemonSet.metadata.name
    t.same(find(name, 'ClusterRoleBinding'), {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: own },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: own },
      subjects: [{ kind: 'ServiceAccount', name: own, namespace: 'kube-system' }],
    })
    t.same(find(name, 'ServiceAccount').metadata, { name: own, namespace: 'kube-system' })
    t.equal(find(name, 'ClusterRole').metadata.name, own)
    t.equal(daemonSet.metadata.namespace, 'kube-system')
    t.equal(podOf(name).serviceAccountName, own)
    t.match(daemonSet.spec.template.metadata.labels, daemonSet.spec.selector.matchLabels)
  })

  t.test(`${name} is a pod of the node`, async (t) => {
    t.match(podOf(name), {
      hostNetwork: true,
      dnsPolicy: 'Default',
      priorityClassName: 'system-node-critical',
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ operator: 'Exists' }],
    })
    t.same(daemonSetOf(name).spec.updateStrategy, {
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 1 },
    })
    const [container] = podOf(name).containers
    t.match(container.resources, { requests: { cpu: String, memory: String } })
    t.equal(container.image, `userspace-proxy:${packageJson.version}`)
    t.ok(container.env.some((variable) => variable.name === 'NODE_NAME'))
    t.equal(flagsOf(name).get('hostname-override'), '$(NODE_NAME)')
    t.ok(flagsOf(name).has('in-cluster'))
  })

  t.test(`the probes of ${name} ask where it answers`, async (t) => {
    const flags = flagsOf(name)
    const [container] = podOf(name).containers
    const healthz = parseHostPort(flags.get('healthz-bind-address') ?? '')
    t.same(container.ports, [{ name: 'healthz', containerPort: healthz?.port }])
    t.equal(healthz?.address, '0.0.0.0', 'the kubelet dials the address of the node')
    t.same(container.startupProbe.httpGet, { path: '/livez', port: 'healthz' })
    t.same(container.livenessProbe.httpGet, { path: '/livez', port: 'healthz' })
    t.same(container.readinessProbe.httpGet, { path: '/readyz', port: 'healthz' })
  })

  t.test(`${name} gives connections the time of --grace`, async (t) => {
    const graceMs = parseDuration(flagsOf(name).get('grace') ?? '') ?? NaN
    t.ok(podOf(name).terminationGracePeriodSeconds * 1000 >= graceMs + 10_000)
  })
}

t.test('no two of them want the same port, nor one of kube-proxy beside it', async (t) => {
  const ports = files.flatMap((name) => {
    const flags = flagsOf(name)
    return ['healthz-bind-address', 'metrics-bind-address'].map(
      (flag) => parseHostPort(flags.get(flag) ?? '')?.port,
    )
  })
  t.same(ports, [10256, 10249, 10356, 10349, 10456, 10449])
})

for (const name of ['daemonset.yaml', 'daemonset-service-proxy-name.yaml']) {
  t.test(`${name} is root with one right, and writes one file`, async (t) => {
    t.equal(flagsOf(name).get('portals'), 'iptables')
    const { securityContext, containers, volumes } = podOf(name)
    t.same(securityContext, seccomp)
    t.same(containers[0].securityContext, {
      ...confined,
      runAsUser: 0,
      capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] },
    })
    t.same(containers[0].volumeMounts, [{ name: 'xtables-lock', mountPath: '/run/xtables.lock' }])
    t.same(volumes, [
      { name: 'xtables-lock', hostPath: { path: '/run/xtables.lock', type: 'FileOrCreate' } },
    ])
  })
}

t.test('the one for localhost has no right at all', async (t) => {
  const name = 'daemonset-localhost-nodeports.yaml'
  const { securityContext, containers, volumes } = podOf(name)
  t.same(securityContext, { ...seccomp, runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000 })
  t.same(containers[0].securityContext, confined)
  t.same([containers[0].volumeMounts, volumes], [undefined, undefined])
  t.match([...flagsOf(name)], [['in-cluster', '']])
  t.equal(flagsOf(name).get('portals'), 'none')
  t.equal(flagsOf(name).get('nodeport-addresses'), 'localhost')
})

t.test('no node has two proxies for the same Services', async (t) => {
  t.match(podOf('daemonset.yaml').nodeSelector, { 'userspace-proxy': 'enabled' })
  const elsewhere = {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          {
            matchExpressions: [{ key: 'userspace-proxy', operator: 'NotIn', values: ['enabled'] }],
          },
        ],
      },
    },
  }
  t.same(podOf('daemonset-service-proxy-name.yaml').affinity, elsewhere)
  t.same(read('kube-proxy-patch.yaml'), [{ spec: { template: { spec: { affinity: elsewhere } } } }])
})

t.test('the example Service is labelled for its proxy', async (t) => {
  const name = 'daemonset-service-proxy-name.yaml'
  t.same(find(name, 'Service').metadata.labels, {
    'service.kubernetes.io/service-proxy-name': flagsOf(name).get('service-proxy-name'),
  })
})

t.test('the image is built from what is there', async (t) => {
  const dockerfile = readFileSync(`${folder}/Dockerfile`, 'utf8').replace(/\\\n/g, ' ')
  const copied = [...dockerfile.matchAll(/^COPY (?!--)(.+) \S+$/gm)]
  const sources = new Set(copied.flatMap(([, list = '']) => list.split(' ')))
  t.same([...sources].sort(), [
    'LICENSE',
    'bin',
    'lib',
    'package-lock.json',
    'package.json',
    'tsconfig.json',
  ])
  for (const source of sources) t.ok(existsSync(`${root}${source}`), source)

  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image)
  t.same(new Set(bases), new Set(['node:24-bookworm-slim']))
  t.match(dockerfile, / --no-install-recommends iptables iproute2 conntrack /)
  t.match(dockerfile, /^USER 1000:1000$/m)
  const script = packageJson.bin['userspace-proxy']
  t.match(dockerfile, `\nENTRYPOINT ["node", "/app/${script}"]\n`)
})
