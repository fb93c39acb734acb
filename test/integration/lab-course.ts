// The pages of the course show what a run shows: they are written anew, and have the same shape.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { runBinary } from '../fixtures/binary.ts'
import { networkUnavailable } from '../fixtures/network.ts'

const kept = fileURLToPath(new URL('../../examples/course', import.meta.url))

/** Without figures, and without what hangs on dice: names of endpoints' chains. */
function shapeOf(path: string): string {
  return readFileSync(path, 'utf8')
    .replaceAll(/KUBE-SEP-[A-Z0-9]{16}/g, 'KUBE-SEP-#')
    .replaceAll(/\d+/g, '#')
}

const reason = networkUnavailable()
const skip = reason !== undefined && !process.env['CI'] ? reason : false

t.test('examples/course is what course --write writes, but for figures', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lab-course-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
  const { code, stderr } = await runBinary(t, ['course', '--write', folder], { env: { PATH } })
  t.same({ code, stderr }, { code: 0, stderr: '' })
  for (const language of ['en', 'zh-CN']) {
    const files = readdirSync(join(folder, language)).toSorted()
    t.equal(files.length, 11)
    t.same(readdirSync(join(kept, language)).toSorted(), files)
    for (const file of files) {
      const shape = shapeOf(join(kept, language, file))
      t.equal(shape, shapeOf(join(folder, language, file)), `${language}/${file}`)
      t.notMatch(shape, /\{\w+\}|undefined|NaN/)
      const simulated = shape.split('\n').filter((line) => line.endsWith('SIMULATED'))
      t.ok(
        simulated.every((line) => line.includes('ipvs')),
        'what the kernel has is real',
      )
    }
  }
})
