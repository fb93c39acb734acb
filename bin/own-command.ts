/**
 * How this program is called from the folder it was started in, so that the lines it prints can be pasted.
 */
import { basename, relative } from 'node:path'

export interface OwnCommandOptions {
  /** `process.argv[1]`. */
  readonly script: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** `userspace-proxy`, `npx userspace-proxy`, or Node with the path of the script. */
export function ownCommand({ script, cwd, env }: OwnCommandOptions): string {
  const name = 'userspace-proxy'
  if (basename(script) === name) return env['npm_command'] === 'exec' ? `npx ${name}` : name
  // Within an npm script `node` is the one of node_modules; in the user's own shell it may be an older one.
  if (env['npm_lifecycle_event'] !== undefined) return `npx ${name}`
  const path = relative(cwd, script)
  return `node ${path.startsWith('..') ? script : path}`
}
