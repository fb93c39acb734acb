import { writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import t from 'tap'
import type { ManifestCheck } from '../../lib/check-manifests.ts'
import { checkManifests } from '../../lib/check-manifests.ts'

/** Checks one file, whose name is taken out of what is said. */
async function check(t: Test, ...documents: readonly object[]): Promise<ManifestCheck> {
  const path = `${t.testdir()}/shop.yaml`
  writeFileSync(path, documents.map((document) => JSON.stringify(document)).join('\n---\n'))
  const result = await checkManifests({ paths: [path] })
  const short = (text: string): string => text.replaceAll(path, 'shop.yaml')
  return { ...result, warnings: result.warnings.map(short) }
}

const labels = { 'kubernetes.io/service-name': 'web' }

function service(spec: object, name = 'web'): object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'shop', name }, spec }
}

function slice(rest: object): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace: 'shop', name: 'web-1', labels },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080 }],
    endpoints: [{ addresses: ['127.0.0.1'] }],
    ...rest,
  }
}

const http = { ports: [{ name: 'http', port: 80 }] }

t.test('a good manifest is counted', async (t) => {
  const pod = { apiVersion: 'v1', kind: 'Pod' }
  const result = await check(t, service(http), slice({}), pod, pod)
  t.same(result, {
    errors: [],
    warnings: [],
    files: 1,
    services: 1,
    endpoints: 1,
    skippedKinds: new Map([['Pod', 2]]),
    notProxied: [],
    withoutEndpoint: [],
  })
})

t.test('endpoints in Endpoints are counted too', async (t) => {
  const addresses = [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }]
  const subsets = [{ addresses, ports: [{ name: 'http', port: 80 }] }]
  const metadata = { namespace: 'shop', name: 'web' }
  const endpoints = { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets }
  const result = await check(t, service(http), endpoints)
  t.same([result.services, result.endpoints, result.withoutEndpoint], [1, 2, []])
})

t.test('it goes on where a source would stop, and names everything', async (t) => {
  const folder = t.testdir({
    'a.yaml': JSON.stringify(service({ prots: [] })),
    'b.yaml': JSON.stringify(service(http)),
    'c.yaml': JSON.stringify(service(http)),
    'd.yaml': JSON.stringify({ apiVersion: 'v1', kind: 'Pod' }),
    'e.yaml': JSON.stringify({ apiVersion: 'v1', kind: 'Pod' }),
    'f.yaml': { 'a folder': '' },
  })
  const missing = `${folder}/missing`
  const result = await checkManifests({ paths: [folder, missing] })
  const messages = result.errors.map(({ code, message }) => `${code} ${message}`)
  t.same(
    messages.map((text) => text.replaceAll(folder, '')),
    [
      'ERR_SOURCE /missing does not exist; a file or a folder would be right',
      'ERR_INVALID_MANIFEST /a.yaml:1:82: ports is missing; at least one port would be right',
      'ERR_INVALID_MANIFEST /c.yaml:1:1: Service shop/web is also at /b.yaml:1:1; one of the two would be right',
    ],
  )
  t.match(result.warnings, [/a\.yaml:1:90: prots is no field of a Service .* ports would be right/])
  t.same([result.files, result.services, result.endpoints], [5, 1, 0])
  t.same(result.skippedKinds, new Map([['Pod', 2]]))
})

t.test('a file that cannot be read is an error of its own', async (t) => {
  const path = `${t.testdir()}/big.yaml`
  writeFileSync(path, Buffer.alloc(33 * 1024 * 1024, ' '))
  const { errors } = await checkManifests({ paths: [path] })
  t.match(errors, [{ code: 'ERR_INVALID_MANIFEST', message: /33\.0 MiB long/ }])
})

t.test('no path is no option', async (t) => {
  await t.rejects(checkManifests({ paths: [] }), { code: 'ERR_INVALID_OPTION' })
})

t.test('it ends when it is told to', async (t) => {
  const path = `${t.testdir()}/shop.yaml`
  writeFileSync(path, '')
  const signal = AbortSignal.abort(new Error('enough'))
  await t.rejects(checkManifests({ paths: [path], signal }), { message: 'enough' })
})

t.test('portals that two Services claim are told at the later one', async (t) => {
  const spec = { type: 'NodePort', clusterIP: '10.96.0.1', ports: [{ port: 80, nodePort: 30_080 }] }
  // The later one is the first in the alphabet.
  const { warnings } = await check(t, service(spec, 'web'), service(spec, 'api'))
  const tail = 'as shop/web at shop.yaml:1:1; only one of them can be served'
  t.same(warnings, [
    `shop.yaml:3:1: Service shop/api has 10.96.0.1:80/TCP, ${tail}`,
    `shop.yaml:3:1: Service shop/api has node port 30080/TCP, ${tail}`,
  ])
})

t.test('a slice of a Service that is not there is told', async (t) => {
  const { warnings } = await check(t, slice({}))
  t.same(warnings, [
    'shop.yaml:1:1: its label kubernetes.io/service-name is "web", but there is no Service shop/web',
  ])
})

t.test('what is not proxied is listed', async (t) => {
  const { notProxied } = await check(t, service({ clusterIP: 'None', ports: [{ port: 80 }] }))
  t.match(notProxied, [{ namespace: 'shop', name: 'web', reason: /^headless/ }])
})
