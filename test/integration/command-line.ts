// The program on a node where something is missing, fails, hangs or is taken: it says what to do, and goes on or ends
// in order. What the tools themselves can do wrong is in iptables-faults and anyip-binder.
import { existsSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import t from 'tap'
import type { Running } from '../fixtures/binary.ts'
import { assertBuilt, follow, root, script } from '../fixtures/binary.ts'
import type { Host } from '../fixtures/network.ts'
import { openNetwork } from '../fixtures/network.ts'
import { probe, startServer } from '../fixtures/probe.ts'
import { writeShop } from '../fixtures/shop.ts'

interface ServiceSpec {
  readonly name: string
  readonly clusterIP?: string
  readonly nodePort?: number
}

/** Services for TCP and UDP on port 80, with the first pod as their endpoint. */
function shop(t: Test, pod: Host, ...services: readonly ServiceSpec[]): string {
  const items = services.flatMap(({ name, clusterIP, nodePort }) => {
    const ports = (['TCP', 'UDP'] as const).map((protocol) => ({
      name: protocol.toLowerCase(),
      protocol,
    }))
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        namespace: 'shop',
        name: `${name}-1`,
        labels: { 'kubernetes.io/service-name': name },
      },
      addressType: 'IPv4',
      ports: ports.map((port) => ({ ...port, port: 8081 })),
      endpoints: [{ addresses: [pod.ipv4] }],
    }
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'shop', name },
      spec: {
        type: nodePort === undefined ? 'ClusterIP' : 'NodePort',
        clusterIP,
        ports: ports.map((port) => ({ ...port, port: 80, nodePort })),
      },
    }
    return [service, slice]
  })
  return writeShop(t, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
}

/** Starts the program in `host`, after `prepare` has been run by a shell in a mount namespace of its own. */
function start(t: Test, host: Host, args: readonly string[], prepare = ''): Running {
  const shell = `set -e\n${prepare}\nexec "$@"`
  const command = ['sh', '-c', shell, 'sh', process.execPath, script, ...args]
  return follow(t, host.spawn('unshare', ['--mount', ...command], { cwd: root }))
}

/** Where the program looks for commands. */
const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** Shell lines after which no folder of the path holds `tool`, and Node is still there. */
function without(tool: string): string {
  const holders = folders.filter((folder) => existsSync(`${folder}/${tool}`))
  // The one with mount(8) comes last.
  const hidden = [...new Set(holders.map((folder) => realpathSync(folder)))].sort().reverse()
  return [
    'touch /run/node && mount --bind "$1" /run/node && shift && set -- /run/node "$@"',
    ...hidden.map((folder) => `mount -t tmpfs tmpfs ${folder}`),
  ].join('\n')
}

/** Shell lines after which `tool` is a shell script, which can go on with the real one as `$real`. */
function replaced(tool: string, lines: string): string {
  const real = folders.slice(1).find((folder) => existsSync(`${folder}/${tool}`))
  const path = `/usr/local/sbin/${tool}`
  return `mount -t tmpfs tmpfs /usr/local/sbin
    printf '%s\n' '#!/bin/sh' 'real=${real}/${tool}' '${lines}' >${path}
    chmod +x ${path}`
}

/** The address that a pod sees when the node dials it. */
const bridge = '10.244.0.1'

const network = await openNetwork(t)
if (network) {
  assertBuilt()
  const { node, pods, client } = network
  const [pod] = pods
  await startServer(pod, pod.ipv4, 8081)
  const rules = async () => (await node.run('iptables-save', [])).stdout
  const ours = /KUBE-|USERSPACE-PROXY/
  const run = (manifest: string, ...args: readonly string[]) => [
    'run',
    '--manifests',
    manifest,
    '--grace=0s',
    ...args,
  ]
  const anyip = ['--portals=anyip', '--service-cidr=10.96.0.0/12']

  t.test('without iptables it says what to install, and rules can be printed still', async (t) => {
    const manifest = shop(t, pod, { name: 'web', clusterIP: '10.96.0.10' })
    const none = without('iptables')
    t.match(await start(t, node, run(manifest, '--portals=iptables'), none).exited, {
      code: 1,
      stdout: '',
      stderr:
        'error: iptables-save is not installed: install the package iptables, or use --portals anyip or none\n',
    })
    t.match(await start(t, node, ['cleanup'], none).exited, {
      code: 0,
      stdout: 'there was nothing to remove\n',
      stderr: '',
    })
    const { stdout } = await start(t, node, ['rules', '--manifests', manifest], none).exited
    t.match(stdout, '-A KUBE-PORTALS-HOST -d 10.96.0.10/32 ')
  })

  t.test('without ip it says what to install', async (t) => {
    const manifest = shop(t, pod, { name: 'web', clusterIP: '10.96.0.10' })
    t.match(await start(t, node, run(manifest, ...anyip), without('ip')).exited, {
      code: 1,
      stdout: '',
      stderr: 'error: ip is not installed: install the package iproute2, or use --portals none\n',
    })
  })

  t.test('without IPv6 sockets on addresses of others it says which sysctl', async (t) => {
    const manifest = shop(t, pod, { name: 'web', clusterIP: '10.96.0.10' })
    const args = run(manifest, '--portals=anyip', '--service-cidr=10.96.0.0/12,fd00:10:96::/112')
    const { code, stderr } = await start(t, node, args).exited
    t.equal(code, 1)
    t.match(stderr, /^error: .*run "sysctl -w net\.ipv6\.ip_nonlocal_bind=1"\n$/)
    const { stdout } = await node.run('ip', ['route', 'show', 'table', 'local'])
    t.notMatch(stdout, '10.96.0.0', 'and the route that could be made is gone again')
  })

  t.test('a restore that fails is a warning, and is made up for', async (t) => {
    const manifest = shop(t, pod, { name: 'web', clusterIP: '10.96.0.10' })
    const fails = `${t.testdirName}/fails`
    writeFileSync(fails, '')
    const fault = `[ -e ${fails} ] && { echo line 7 failed >&2; exit 1; }; exec $real "$@"`
    const prepare = replaced('iptables-restore', fault)
    const daemon = start(t, node, run(manifest, '--portals=iptables'), prepare)
    await daemon.stderr(/"level":"warn".*iptables-restore: line 7 failed/)
    await daemon.stdout(/^shop\/web:tcp .* 1\/1$/m)
    t.notMatch(await rules(), ours)
    rmSync(fails)
    await daemon.stderr(/"level":"info".*"the portals lead here again"/)
    t.equal(await probe(client, 'TCP', ['10.96.0.10', 80]), `${bridge} 8081`)

    writeFileSync(fails, '')
    daemon.kill('SIGTERM')
    const { code, stderr } = await daemon.exited
    t.equal(code, 1, 'rules that could not be removed are a failure')
    t.match(stderr, /\nerror: iptables-restore: line 7 failed\n$/)
    t.match(await rules(), ours)
    t.match(await start(t, node, ['cleanup']).exited, {
      code: 0,
      stdout: 'removed: rules of iptables\n',
    })
    t.notMatch(await rules(), ours)
  })

  t.test('it can be stopped while a command of the system hangs', async (t) => {
    const manifest = shop(t, pod, { name: 'web', clusterIP: '10.96.0.10' })
    const [began, goesOn] = [`${t.testdirName}/began`, `${t.testdirName}/goes-on`]
    const prepare = replaced(
      'iptables-save',
      `echo >${began}; until [ -e ${goesOn} ]; do sleep 0.05; done; exec $real "$@"`,
    )
    const daemon = start(t, node, run(manifest, '--portals=iptables'), prepare)
    while (!existsSync(began)) await sleep(20)
    daemon.kill('SIGTERM')
    await daemon.stderr(/SIGTERM: connections may end/)
    writeFileSync(goesOn, '')
    t.match(await daemon.exited, { code: 0, stdout: '' })
    t.notMatch(await rules(), ours)
  })

  t.test('a node port that is taken stands back, is said, and is served once free', async (t) => {
    const other = node.spawn(process.execPath, [
      '-e',
      `require('net').createServer().listen(30090, '0.0.0.0', () => console.log('up'))`,
    ])
    await follow(t, other).stdout(/up/)
    const manifest = shop(
      t,
      pod,
      { name: 'web', clusterIP: '10.96.0.10', nodePort: 30_090 },
      { name: 'db', clusterIP: '10.96.0.11' },
    )
    const daemon = start(t, node, run(manifest, '--portals=iptables'))
    await daemon.stdout(/^shop\/web:tcp +TCP +0\.0\.0\.0:\d+,pending: EADDRINUSE +1\/1$/m)
    await daemon.stderr(/"level":"warn".*shop\/web:tcp: EADDRINUSE.*30090/)
    for (const clusterIP of ['10.96.0.10', '10.96.0.11']) {
      t.equal(await probe(client, 'TCP', [clusterIP, 80]), `${bridge} 8081`)
    }
    t.notMatch(await rules(), /-p tcp .*--dport 30090 /, 'no connection is taken from the other')
    t.match(await rules(), /-p udp .*--dport 30090 /)
    other.kill('SIGKILL')
    while (!/-p tcp .*--dport 30090 /.test(await rules())) await sleep(50)
    t.equal(await probe(client, 'TCP', [node.ipv4, 30_090]), `${bridge} 8081`)
    daemon.kill('SIGTERM')
    t.equal((await daemon.exited).code, 0)
  })

  t.test(
    'node ports answer on localhost in every mode, also where there are no rights',
    async (t) => {
      const modes = [['--portals=none'], ['--portals=iptables'], anyip]
      for (const mode of modes) {
        t.test(mode.join(' '), async (t) => {
          const manifest = shop(t, pod, {
            name: 'web',
            ...(mode === modes[0] ? {} : { clusterIP: '10.96.0.10' }),
            nodePort: 30_080,
          })
          const drop = 'exec setpriv --bounding-set=-all --inh-caps=-all -- "$@"'
          const daemon = start(t, node, run(manifest, ...mode), mode === modes[0] ? drop : '')
          await daemon.stdout(/^serving /)
          for (const protocol of ['TCP', 'UDP'] as const) {
            t.equal(await probe(node, protocol, ['127.0.0.1', 30_080]), `${bridge} 8081`)
            // A Service that no cluster has given a family is found at both.
            if (mode !== modes[0]) continue
            t.equal(await probe(node, protocol, ['::1', 30_080]), `${bridge} 8081`)
          }
          daemon.kill('SIGTERM')
          t.equal((await daemon.exited).code, 0)
        })
      }
    },
  )

  t.test('a node port that any program may be given is warned of', async (t) => {
    const manifest = shop(t, pod, { name: 'web', nodePort: 20_080 })
    const daemon = start(t, node, run(manifest))
    await daemon.stderr(/"level":"warn".*node port 20080 lies in the ephemeral range 1024-65535/)
  })

  t.test('cleanup names what it has removed', async (t) => {
    const manifest = shop(t, pod, { name: 'web', clusterIP: '10.96.0.10' })
    for (const mode of [['--portals=iptables'], anyip]) {
      const daemon = start(t, node, run(manifest, ...mode))
      await daemon.stdout(/^serving /)
      daemon.kill('SIGKILL')
      await daemon.exited
    }
    const { code, stdout } = await start(t, node, ['cleanup']).exited
    t.equal(code, 0)
    t.match(
      stdout,
      /^removed: rules of iptables\nremoved: route local 10\.96\.0\.0\/12 dev lo .*\n$/,
    )
    t.match(await start(t, node, ['cleanup']).exited, {
      code: 0,
      stdout: 'there was nothing to remove\n',
    })
  })
}
