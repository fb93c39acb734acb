import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import t from 'tap'
import { runBinary } from '../../fixtures/binary.ts'
import { manifest } from '../relays/manifest.ts'
import { otherServices, services } from '../services.ts'

t.test('the program takes the manifest of the bench, without a complaint', async (t) => {
  const path = join(t.testdir(), 'services.json')
  writeFileSync(path, manifest([...Object.values(services), ...otherServices(300)]))
  const { code, stdout, stderr } = await runBinary(t, ['validate', '--strict', '--manifests', path])
  t.equal(code, 0, `${stdout}${stderr}`)
})

t.test('every Service has a port of its own', (t) => {
  const all = [...Object.values(services), ...otherServices(10_000)]
  t.equal(new Set(all.map(({ port }) => port)).size, all.length)
  t.equal(new Set(all.map(({ name }) => name)).size, all.length)
  t.end()
})
