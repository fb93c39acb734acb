import { writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import t from 'tap'
import { startCommandLines } from '../fixtures/command-lines.ts'

const run = startCommandLines(t)

const good = `apiVersion: v1
kind: Service
metadata: { namespace: shop, name: web }
spec: { ports: [{ port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { namespace: shop, name: web-1, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
ports: [{ port: 8080 }]
endpoints: [{ addresses: [10.0.0.1] }]
`
const misspelt = good.replace('port: 80 ', 'port: 80, targetPorts: http ')

interface Validation {
  readonly code: number | null
  readonly lines: readonly string[]
}

async function validate(
  t: Test,
  files: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<Validation> {
  const cwd = t.testdir()
  for (const [name, text] of Object.entries(files)) writeFileSync(`${cwd}/${name}`, text)
  const { code, stdout, stderr } = await run(['validate', ...args], { cwd })
  t.equal(stderr, '')
  return { code, lines: stdout.trimEnd().split('\n') }
}

t.test('a good manifest is valid', async (t) => {
  const args = ['--manifests', 'a.yaml']
  t.same(await validate(t, { 'a.yaml': good }, args), {
    code: 0,
    lines: ['1 file: 1 Service, 1 endpoint', '', 'valid: 0 errors, 0 warnings'],
  })
})

t.test('what is wrong is named with its place, and so is what is not proxied', async (t) => {
  const headless =
    'apiVersion: v1\nkind: Service\nmetadata: { name: db }\nspec: { clusterIP: None }\n'
  const bad =
    'apiVersion: v1\nkind: Service\nmetadata: { name: x }\nspec: { ports: [{ port: 0 }] }\n'
  const lonely = bad.replace('port: 0', 'name: http, port: 80')
  const pod = 'apiVersion: v1\nkind: Pod\n'
  const texts = { 'a.yaml': `${headless}---\n${pod}`, 'b.yaml': bad, 'c.yaml': lonely }
  t.same(await validate(t, texts, ['--manifests', '.']), {
    code: 1,
    lines: [
      'error: b.yaml:4:25: port is 0; a number from 1 to 65535 would be right',
      '',
      '3 files: 2 Services, 0 endpoints',
      '',
      'skipped, being of no use to a proxy: 1 Pod',
      '',
      'not proxied:',
      '  default/db: headless Service: its clients dial the endpoints themselves',
      '',
      'without a usable endpoint, so that all clients are reset:',
      '  default/x:http: there is no EndpointSlice and no Endpoints of it',
      '',
      'not valid: 1 error, 0 warnings',
    ],
  })
})

t.test('a misspelt field is a warning, and with --strict an error', async (t) => {
  const files = { 'a.yaml': misspelt }
  const what =
    'a.yaml:4:29: targetPorts is no field of a Service here and is ignored; targetPort would be right'
  const { code, lines } = await validate(t, files, ['--manifests', 'a.yaml'])
  t.same([code, lines[0], lines.at(-1)], [0, `warning: ${what}`, 'valid: 0 errors, 1 warning'])
  const strict = await validate(t, files, ['--strict', '--manifests', 'a.yaml'])
  t.same(
    [strict.code, strict.lines[0], strict.lines.at(-1)],
    [1, `error: ${what}`, 'not valid: 1 error, 0 warnings'],
  )
})

const head = 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n'

t.test('a configuration is read as run reads it', async (t) => {
  const config = (text: string): Promise<Validation> =>
    validate(t, { 'config.yaml': head + text }, ['--config', 'config.yaml'])
  t.same(await config('hostnameOverride: node-1\n'), {
    code: 0,
    lines: ['valid: 0 errors, 0 warnings'],
  })
  const bad = await config('metricsBindAddress: nonsense:x\nbindAdress: 10.0.0.1\n')
  t.equal(bad.code, 1)
  t.match(bad.lines[0], /^error: config\.yaml:3:21: metricsBindAddress is "nonsense:x"/)
  const warned = await config('bindAdress: 10.0.0.1\n')
  t.equal(warned.code, 0)
  t.match(warned.lines[0], /^warning: config\.yaml:3:1: bindAdress is no field/)
})

t.test('what only shows beside the default of a flag is an error too', async (t) => {
  const files = { 'config.yaml': `${head}iptables: { minSyncPeriod: 1m }\n` }
  const { code, lines } = await validate(t, files, ['--config', 'config.yaml'])
  t.equal(code, 1)
  t.match(lines[0], /^error: config\.yaml: --iptables-min-sync-period is "1m.*30s would be right/)
})

t.test('a path that is wrong, and none at all, are wrong use', async (t) => {
  const { code, lines } = await validate(t, {}, ['--manifests', 'none.yaml'])
  t.equal(code, 2)
  t.match(lines[0], /^error: none\.yaml does not exist/)
  for (const args of [[], ['--config', 'none.yaml'], ['--strict=maybe']]) {
    const { code, stderr } = await run(['validate', ...args])
    t.equal(code, 2)
    t.match(stderr, /^error: /)
  }
})
