/**
 * readAsset: a file of the page, by the path of a request.
 *
 * Only names of letters, digits and hyphens are looked up, so that no path leads out of the folder.
 */
import { readFile } from 'node:fs/promises'

export interface Asset {
  readonly type: string
  readonly body: Buffer
}

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
}

/** `undefined` where there is none. */
export async function readAsset(folder: URL, path: string): Promise<Asset | undefined> {
  const name = path === '/' ? 'index.html' : path.replace(/^\/assets\//, '')
  const [, extension = ''] = /^(?:[\w-]+\/)?[\w-]+\.([a-z]+)$/.exec(name) ?? []
  const type = types[extension]
  if (type === undefined) return undefined
  try {
    return { type, body: await readFile(new URL(name, folder)) }
  } catch {
    return undefined
  }
}
