/**
 * FolderWatches: hears of changes in folders, and goes on hearing when a folder is replaced by another of its name.
 *
 * Hearing is a way to be fast, no more: a network file system tells nothing, and a kernel has only so many watches. Who
 * must not miss a change has to look for itself now and then.
 */
import { watch, type FSWatcher } from 'node:fs'

/** The part of `fs.watch` that is used. */
export type WatchFolder = (
  folder: string,
  options: { readonly persistent: false },
  onChange: () => void,
) => Pick<FSWatcher, 'on' | 'close'>

export class FolderWatches {
  readonly #onChange: () => void
  readonly #watchFolder: WatchFolder
  readonly #watches = new Map<string, { identity: string; watcher: ReturnType<WatchFolder> }>()

  constructor(onChange: () => void, watchFolder: WatchFolder = watch) {
    this.#onChange = onChange
    this.#watchFolder = watchFolder
  }

  /** Watches these folders and no others. Each comes with what tells it from another one of its name. */
  set(folders: ReadonlyMap<string, string>): void {
    for (const [folder, { identity }] of this.#watches) {
      if (folders.get(folder) !== identity) this.#drop(folder)
    }
    for (const [folder, identity] of folders) {
      if (!this.#watches.has(folder)) this.#add(folder, identity)
    }
  }

  close(): void {
    this.set(new Map())
  }

  #add(folder: string, identity: string): void {
    try {
      const watcher = this.#watchFolder(folder, { persistent: false }, this.#onChange)
      this.#watches.set(folder, { identity, watcher })
      watcher.on('error', () => this.#drop(folder))
    } catch {
      // Out of watches, or the folder has gone: the next look tells.
    }
  }

  #drop(folder: string): void {
    this.#watches.get(folder)?.watcher.close()
    this.#watches.delete(folder)
  }
}
