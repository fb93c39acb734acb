/**
 * The relay anybody would write first in Node: `pipe()` both ways; for UDP a Map by address and port to a connected
 * socket for each client.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { start } from '../process.ts'
import type { RelayProgram } from './relay.ts'
import { serving } from './serving.ts'

const program = fileURLToPath(new URL('../programs/plain-relay.mjs', import.meta.url))

export const plain: RelayProgram = {
  name: 'plain',
  description: 'Node, pipe() and a Map of dgram sockets',
  protocols: ['TCP', 'UDP'],
  triesAnotherEndpoint: false,
  version: () => process.versions.node,
  start(site) {
    const path = join(site.folder, 'plain.json')
    writeFileSync(path, JSON.stringify(site))
    return serving(start('relay', [process.execPath, program, path]), site)
  },
}
