/**
 * readKubeconfig: a kubeconfig file, checked before client-node gets to see it.
 *
 * Faults that no waiting heals are named here, with their place, rather than as the exception of a parser. Two things
 * are put right that client-node does not know: `tokenFile`, by which kubeadm's kube-proxy logs in, and a context
 * without a user.
 *
 * @see kubernetes v1.34 staging/src/k8s.io/client-go/tools/clientcmd/api/v1/types.go
 */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { ProxyError } from '../errors.ts'
import { printable } from '../model/printable.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * Returns a Config with the one context that is to be used, the option `context` or the current one, and no others: a
 * fault in a context that is not used harms nobody.
 *
 * @throws {ProxyError} ERR_SOURCE naming the file, what is wrong and what would be right
 */
export async function readKubeconfig(path: string, context?: string): Promise<Fields> {
  const config = parseYaml(path, await readText(path))
  if (!isFields(config)) throw fault(path, 'is no kubeconfig', 'a Config, as kubectl writes it,')
  const contexts = entriesOf(config, 'contexts')
  const contextName = context ?? config['current-context'] ?? ''
  if (contextName === '') {
    throw fault(path, 'has no current-context', `the option context with ${oneOf(contexts)}`)
  }
  const chosen = find(path, contexts, 'context', contextName)
  const cluster = find(path, entriesOf(config, 'clusters'), 'cluster', chosen['cluster'])
  const { server } = cluster
  if (typeof server !== 'string' || !/^https?:/.test(server) || !URL.canParse(server)) {
    const what = `has a cluster whose server is ${show(server)}`
    throw fault(path, what, 'https://ADDRESS:PORT')
  }
  const userName = chosen['user'] ?? ''
  const user = userName === '' ? {} : find(path, entriesOf(config, 'users'), 'user', userName)
  const names = { cluster: chosen['cluster'], user: userName === '' ? 'nobody' : userName }
  return {
    'current-context': contextName,
    contexts: [{ name: contextName, context: names }],
    clusters: [{ name: names.cluster, cluster }],
    users: [{ name: names.user, user: withTokenFile(user, dirname(resolve(path))) }],
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const what = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`
    throw fault(path, what, 'a file that this user may read', cause)
  }
}

function parseYaml(path: string, text: string): unknown {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false })
  const [error] = document.errors
  if (error !== undefined) {
    const { line, col } = lineCounter.linePos(error.pos[0])
    // Only the code: messages, and the error as a cause, may show text of the file, which holds secrets.
    throw fault(`${path}:${line}:${col}`, `is no YAML (${error.code})`, 'YAML')
  }
  try {
    return document.toJS()
  } catch {
    throw fault(path, 'has an alias without an anchor', 'YAML')
  }
}

/** The list `key` of the Config; what is no entry in it is left out. */
function entriesOf(config: Fields, key: string): readonly Fields[] {
  const list = config[key]
  return Array.isArray(list) ? list.filter(isFields) : []
}

/** The content of the entry `name`, which is under the key `kind` of it. */
function find(path: string, entries: readonly Fields[], kind: string, name: unknown): Fields {
  const content = entries.find((entry) => entry['name'] === name)?.[kind]
  if (isFields(content)) return content
  throw fault(path, `has no ${kind} ${show(name)}`, oneOf(entries))
}

/** client-node reads token files, again and again, but calls them an auth-provider. The file goes before a `token`. */
function withTokenFile(user: Fields, folder: string): Fields {
  const { tokenFile } = user
  if (typeof tokenFile !== 'string' || tokenFile === '') return user
  const config = { tokenFile: resolve(folder, tokenFile) }
  return { ...user, token: undefined, 'auth-provider': { name: 'tokenFile', config } }
}

function oneOf(entries: readonly Fields[]): string {
  const names = entries.map(({ name }) => show(name))
  return names.length === 0 ? 'one that is in the file' : `one of ${names.join(', ')}`
}

function show(value: unknown): string {
  return value === undefined ? 'missing' : printable(JSON.stringify(value))
}

function fault(path: string, what: string, right: string, cause?: unknown): ProxyError {
  return new ProxyError('ERR_SOURCE', `kubeconfig ${path} ${what}; ${right} would be right`, {
    cause,
  })
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
