import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { readAsset } from '../../../../lib/lab/page/read-asset.ts'

const folder = t.testdir({
  'secret.html': 'outside',
  assets: { 'index.html': '<p>', 'main.js': '1', view: { 'a-b.js': '2' }, 'notes.txt': 'no' },
})
const assets = pathToFileURL(`${folder}/assets/`)
writeFileSync(`${folder}/secret.js`, 'outside')

t.test('a file of the page, and what it is', async (t) => {
  for (const [path, type, text] of [
    ['/', 'text/html; charset=utf-8', '<p>'],
    ['/assets/main.js', 'text/javascript; charset=utf-8', '1'],
    ['/assets/view/a-b.js', 'text/javascript; charset=utf-8', '2'],
  ] as const) {
    const asset = await readAsset(assets, path)
    t.equal(asset?.type, type)
    t.equal(asset?.body.toString(), text)
  }
})

t.test('nothing else', async (t) => {
  for (const path of [
    '/assets/no-such.js',
    '/assets/notes.txt',
    '/assets/../secret.html',
    '/assets/%2e%2e/secret.html',
    '/assets/..%2fsecret.js',
    '/assets/view/../../secret.js',
    '/assets//etc/passwd',
    '/index.html',
    '/assets/',
    '',
  ]) {
    t.equal(await readAsset(assets, path), undefined, path)
  }
})
