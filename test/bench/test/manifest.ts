import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import t from 'tap'
import { script } from '../../fixtures/binary.ts'
import { manifest } from '../relays/manifest.ts'
import { otherServices, services } from '../services.ts'

t.test('the program takes the manifest of the bench, without a complaint', (t) => {
  const path = join(t.testdir(), 'services.json')
  writeFileSync(path, manifest([...Object.values(services), ...otherServices(300)]))
  const { status, stdout, stderr } = spawnSync(process.execPath, [
    script,
    'validate',
    '--strict',
    '--manifests',
    path,
  ])
  t.equal(status, 0, `${stdout.toString()}${stderr.toString()}`)
  t.end()
})

t.test('every Service has a port of its own', (t) => {
  const all = [...Object.values(services), ...otherServices(10_000)]
  t.equal(new Set(all.map(({ port }) => port)).size, all.length)
  t.equal(new Set(all.map(({ name }) => name)).size, all.length)
  t.end()
})
