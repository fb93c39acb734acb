/**
 * Finds the files that paths stand for, and says what changed about them without opening any.
 *
 * A path is a file, or a folder whose `*.yaml`, `*.yml` and `*.json` count, not those of folders in it. Names that begin
 * with a dot do not count: a mounted ConfigMap keeps its contents in such ones and has links to them.
 */
import type { BigIntStats } from 'node:fs'
import { constants, readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ProxyError } from '../errors.ts'
import { compareText } from '../model/compare-text.ts'

/** A path as it was given, and as it is found whatever the working directory is later. */
export interface ManifestPath {
  readonly name: string
  readonly path: string
}

export interface ManifestFile extends ManifestPath {
  /** `path` of the ManifestPath it was found by. */
  readonly root: string
  /** Another one for every other content, and for hardly anything else. */
  readonly signature: string
  /** Why it cannot be read. */
  readonly fault: ProxyError | undefined
}

export interface ManifestScan {
  /** By their paths. */
  readonly files: ReadonlyMap<string, ManifestFile>
  /** What is wrong with given paths, by their paths. Of the files behind them nothing is known. */
  readonly faults: ReadonlyMap<string, ProxyError>
  /** Folders in which a change can be seen, each with what tells it from another one of its name. */
  readonly folders: ReadonlyMap<string, string>
}

const maxSizeMiB = 32

/** Looks once at all paths. Never rejects. */
export async function scanManifests(paths: readonly ManifestPath[]): Promise<ManifestScan> {
  const scan: MutableScan = { files: new Map(), faults: new Map(), folders: new Map() }
  for (const root of paths) await scanRoot(root, scan)
  return scan
}

interface MutableScan {
  readonly files: Map<string, ManifestFile>
  readonly faults: Map<string, ProxyError>
  readonly folders: Map<string, string>
}

async function scanRoot(root: ManifestPath, scan: MutableScan): Promise<void> {
  const stats = await statOrFault(root)
  if (!(stats instanceof ProxyError) && stats.isDirectory()) {
    scan.folders.set(root.path, identity(stats))
    await scanFolder(root, scan)
    return
  }
  // An editor replaces a file by another one; only its folder sees that.
  const folder = { name: dirname(root.name), path: dirname(root.path) }
  const folderStats = await statOrFault(folder)
  if (!(folderStats instanceof ProxyError)) scan.folders.set(folder.path, identity(folderStats))
  if (stats instanceof ProxyError) scan.faults.set(root.path, stats)
  else if (!stats.isFile()) scan.faults.set(root.path, notReadable(root.name, stats))
  else addFile(root, root, stats, scan)
}

async function scanFolder(root: ManifestPath, scan: MutableScan): Promise<void> {
  let names: string[]
  try {
    names = await readdir(root.path)
  } catch (error) {
    scan.faults.set(root.path, unreadable(root.name, error))
    return
  }
  const files = names
    .filter((name) => /^[^.].*\.(?:yaml|yml|json)$/s.test(name))
    .sort(compareText)
    .map((name) => ({ name: join(root.name, name), path: join(root.path, name) }))
  const allStats = await Promise.all(files.map(statOrFault))
  files.forEach((file, i) => {
    const stats = allStats[i] as BigIntStats | ProxyError
    if (stats instanceof ProxyError || !stats.isDirectory()) addFile(root, file, stats, scan)
  })
}

function addFile(
  root: ManifestPath,
  { name, path }: ManifestPath,
  stats: BigIntStats | ProxyError,
  { files }: MutableScan,
): void {
  // A file that two paths lead to is read once.
  if (files.has(path)) return
  const fault = stats instanceof ProxyError ? stats : faultOf(name, stats)
  files.set(path, { name, path, root: root.path, signature: signatureOf(stats), fault })
}

function signatureOf(stats: BigIntStats | ProxyError): string {
  if (stats instanceof ProxyError) return stats.message
  return `${identity(stats)}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`
}

/** Whether a file is still as it was when it was looked at. */
export async function isUnchanged(file: ManifestFile): Promise<boolean> {
  return signatureOf(await statOrFault(file)) === file.signature
}

/** What a file is in its file system. */
function identity({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`
}

async function statOrFault({ name, path }: ManifestPath): Promise<BigIntStats | ProxyError> {
  try {
    return await stat(path, { bigint: true })
  } catch (error) {
    return unreadable(name, error)
  }
}

function faultOf(name: string, stats: BigIntStats): ProxyError | undefined {
  if (!stats.isFile()) return notReadable(name, stats)
  const sizeMiB = Number(stats.size) / 2 ** 20
  if (sizeMiB <= maxSizeMiB) return undefined
  const what = `${name} is ${sizeMiB.toFixed(1)} MiB long`
  return new ProxyError(
    'ERR_INVALID_MANIFEST',
    `${what}; several files of at most ${maxSizeMiB} MiB would be right`,
  )
}

/** To open a FIFO is to wait for a writer; to read a device may take something from somebody. */
function notReadable(name: string, stats: BigIntStats): ProxyError {
  const kind = stats.isFIFO() ? 'FIFO' : stats.isSocket() ? 'socket' : 'device'
  return new ProxyError('ERR_SOURCE', `${name} is a ${kind}; a file or a folder would be right`)
}

function unreadable(name: string, cause: unknown): ProxyError {
  const { code } = cause as NodeJS.ErrnoException
  const message =
    code === 'ENOENT'
      ? `${name} does not exist; a file or a folder would be right`
      : `${name} cannot be read (${code}); a file or a folder that this user may read would be right`
  return new ProxyError('ERR_SOURCE', message, { cause })
}

/**
 * The bytes of a file, or why there are none.
 *
 * @throws the reason of `signal`
 */
export async function readManifest(
  { name, path }: ManifestPath,
  signal: AbortSignal,
): Promise<Uint8Array | ProxyError> {
  try {
    // Not even a FIFO that has taken the file's place since it was looked at makes us wait.
    return await readFile(path, { flag: constants.O_RDONLY | constants.O_NONBLOCK, signal })
  } catch (error) {
    signal.throwIfAborted()
    return unreadable(name, error)
  }
}
