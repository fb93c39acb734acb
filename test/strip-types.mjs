// Runs before each test file: gives Node the sources without their types, as Node itself would strip them, from a
// cache. To strip those of all of lib takes longer than most tests do.
import { hash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { threadId } from 'node:worker_threads'

const root = new URL('..', import.meta.url).href
const cache = new URL(`../.tap/stripped/${process.version}/`, import.meta.url)
mkdirSync(cache, { recursive: true })

registerHooks({
  load: (url, context, nextLoad) =>
    url.startsWith(root) && url.endsWith('.ts')
      ? { format: 'module', source: stripped(new URL(url)), shortCircuit: true }
      : nextLoad(url, context),
})

function stripped(url) {
  const source = readFileSync(url, 'utf8')
  const kept = new URL(`${hash('sha256', source)}.js`, cache)
  try {
    return readFileSync(kept, 'utf8')
  } catch {
    const text = stripTypeScriptTypes(source)
    // Other tests, and other threads of this one, run at the same time and must not find half of it.
    const fresh = new URL(`${kept.href}.${process.pid}.${threadId}`)
    writeFileSync(fresh, text)
    renameSync(fresh, kept)
    return text
  }
}
