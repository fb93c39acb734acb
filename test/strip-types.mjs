import { hash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'

const root = new URL('..', import.meta.url).href
const cache = new URL(`../.tap/stripped/${process.version}/`, import.meta.url)
mkdirSync(cache, { recursive: true })

registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith(root) || !url.endsWith('.ts')) return nextLoad(url, context)
    const source = readFileSync(new URL(url), 'utf8')
    const file = new URL(hash('sha1', source), cache)
    let stripped
    try {
      stripped = readFileSync(file, 'utf8')
    } catch {
      stripped = stripTypeScriptTypes(source)
      const fresh = new URL(`${file.href}.${process.pid}`)
      writeFileSync(fresh, stripped)
      renameSync(fresh, file)
    }
    return { format: 'module', source: stripped, shortCircuit: true }
  },
})
