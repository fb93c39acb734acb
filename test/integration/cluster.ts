// The suite for real clusters, against an API server of our own, once for each API of endpoints, each on its own host.
import { type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { assertBuilt, root } from '../fixtures/binary.ts'
import { type Host, openNetwork } from '../fixtures/network.ts'

const files = globSync('test/cluster/*.ts', { cwd: root }).toSorted()

interface Server {
  readonly kubeconfig: string
  /** Ends it; what the tests have left. */
  stop(): Promise<string>
}

async function startServer(t: Test, host: Host, serves: string): Promise<Server> {
  const kubeconfig = join(t.testdir(), 'kubeconfig')
  const script = `${root}test/fixtures/api-server/serve.ts`
  const child = host.spawn(process.execPath, [script, serves, kubeconfig], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const output = child.stdout as NonNullable<ChildProcess['stdout']>
  await once(output, 'readable')
  return {
    kubeconfig,
    stop: async () => {
      child.kill('SIGTERM')
      return (await text(output)).replace(`${kubeconfig}\n`, '')
    },
  }
}

/** Starts one file of the suite. With `unshare` before it, nothing of it outlives it, however it ends. */
function startFile(
  host: Host,
  file: string,
  { kubeconfig, isAlone }: { readonly kubeconfig: string; readonly isAlone: boolean },
): ChildProcess {
  const [command, ...args] = [
    ...(isAlone ? ['unshare', '--pid', '--fork', '--kill-child'] : []),
    process.execPath,
    root + file,
  ]
  return host.spawn(command, args, {
    env: { KUBECONFIG: kubeconfig, TAP_TIMEOUT: '250' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

const network = await openNetwork(t)
if (network) {
  const { node, pods } = network
  assertBuilt()
  // What the API has no place for is skipped; all else must have been tested.
  const apis = [
    { serves: 'discovery.k8s.io/v1', skipped: 0 },
    { serves: 'discovery.k8s.io/v1beta1', skipped: 0 },
    { serves: 'core-only', skipped: 3 },
  ]
  // Most of the time is spent in waiting.
  t.jobs = 3
  for (const [index, { serves, skipped }] of apis.entries()) {
    t.test(serves, async (t) => {
      const host = pods[index] as Host
      const server = await startServer(t, host, serves)
      let skips = 0
      for (const file of files) {
        const { kubeconfig } = server
        const { stdout } = startFile(host, file, { kubeconfig, isAlone: true })
        stdout?.setEncoding('utf8').on('data', (text: string) => {
          skips += text.split('# SKIP ').length - 1
        })
        await t.stdin(file, { tapStream: stdout as NonNullable<typeof stdout> })
      }
      t.equal(skips, skipped, 'skipped')
      t.equal(await server.stop(), 'left: \n')
    })
  }

  t.test('SIGINT ends a test, and leaves nothing', async (t) => {
    const { kubeconfig, stop } = await startServer(t, node, 'discovery.k8s.io/v1')
    const child = startFile(node, 'test/cluster/balancing.ts', { kubeconfig, isAlone: false })
    const exit = once(child, 'exit')
    let output = ''
    for await (const chunk of child.stdout ?? []) {
      output += String(chunk)
      if (/^ok 1 /m.test(output)) break
    }
    t.match(output, /# namespace userspace-proxy-e2e-/)
    child.kill('SIGINT')
    t.strictSame(await exit, [130, null])
    t.equal(await stop(), 'left: \n')
  })

  t.test('without a cluster one line says what is missing', async (t) => {
    const kubeconfig = join(t.testdir(), 'none')
    const child = startFile(node, 'test/cluster/balancing.ts', { kubeconfig, isAlone: false })
    const exit = once(child, 'exit')
    const output = await text(child.stdout as NonNullable<typeof child.stdout>)
    t.match(output, `Bail out! no cluster to test with: there is no ${kubeconfig};`)
    const [code] = (await exit) as [number]
    t.not(code, 0)
  })
}
