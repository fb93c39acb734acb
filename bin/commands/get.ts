/**
 * `get services|endpoints|connections`: asks a running daemon and prints what it says.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConnectionStatus, VirtualServer } from '../../lib/index.ts'
import { ipvsLines } from '../../lib/index.ts'
import { CommandError } from '../command-error.ts'
import type { Command } from '../command.ts'
import { Flags } from '../flags.ts'
import { fetchItems, isGone } from '../get/admin-client.ts'
import { Changes } from '../get/changes.ts'
import type { ConnectionChoice } from '../get/connection-filter.ts'
import {
  connectionFilterOptions,
  readConnectionFilter,
  refuseConnectionFilter,
} from '../get/connection-filter.ts'
import { connections } from '../get/connections.ts'
import { endpoints } from '../get/endpoints.ts'
import type { Format, Formatter } from '../get/format.ts'
import { formats, formatter } from '../get/format.ts'
import { newsOf } from '../get/news.ts'
import type { Resource } from '../get/resource.ts'
import { services } from '../get/services.ts'
import { StandardOutput } from '../standard-output.ts'

/** How often `-w` asks, in ms. */
const watchPeriodMs = 1000

/** Virtual servers are a list of their own, and not another form of the rows of `get services`. */
const outputs = [...formats, 'ipvs'] as const

const resources = [services, endpoints, connections] as unknown as readonly Resource<object>[]

export const getCommand: Command = {
  command: 'get [resource]',
  describe: 'Print services, endpoints or connections of the running daemon',
  builder: (yargs) =>
    yargs
      .positional('resource', {
        type: 'string',
        describe: 'services (svc), endpoints (ep) or connections (conn)',
      })
      .option('namespace', {
        alias: 'n',
        type: 'string',
        requiresArg: true,
        describe: 'Only of this namespace',
      })
      .option('all-namespaces', { alias: 'A', type: 'boolean', describe: 'Of all; the default' })
      .option('output', {
        alias: 'o',
        type: 'string',
        requiresArg: true,
        default: 'table',
        describe: `${formats.join(', ')}, for services also ipvs`,
      })
      .option('watch', { alias: 'w', type: 'boolean', describe: 'Go on, and print what changes' })
      .option('server', {
        type: 'string',
        requiresArg: true,
        default: '127.0.0.1:10249',
        describe: 'Admin surface of the daemon',
      })
      .options(connectionFilterOptions)
      .group(Object.keys(connectionFilterOptions), 'Of connections:')
      .example('$0 get services', 'where each Service listens')
      .example('$0 get svc -o ipvs', 'as ipvsadm -Ln has it')
      .example('$0 get conn -n shop -w', 'connections of a namespace, as they come and go')
      .example('$0 get conn --sort bytes', 'who moves the most'),
  handler: async (argv) => {
    const flags = new Flags(argv)
    const resource = findResource(flags.text('resource'))
    const isWatch = flags.isSet('watch')
    const format = flags.oneOf('output', outputs)
    if (format === 'ipvs') refuseOfIPVS(resource, isWatch)
    const server = flags.hostPort('server')
    const choose = readChoice(resource, flags)
    const namespace = flags.isSet('all-namespaces') ? '' : flags.text('namespace')
    const output = new StandardOutput()
    if (format === 'ipvs') {
      const servers = (await fetchItems(server, 'virtual-servers')) as VirtualServer[]
      const own = servers.filter((server) => namespace === '' || server.namespace === namespace)
      for (const line of ipvsLines(own)) output.print(line)
      return output.flush()
    }
    const list = async (): Promise<readonly object[]> => {
      const items = (await fetchItems(server, resource.name)) as object[]
      return choose(
        items.filter((item) => namespace === '' || resource.namespace(item) === namespace),
      )
    }
    const print = printer(output, formatter(resource, { format, isWatch }))
    const items = await list()
    if (items.length === 0 && (format === 'table' || format === 'wide')) {
      process.stderr.write(`no ${resource.name}${namespace && ` in namespace ${namespace}`}\n`)
    }
    if (isWatch) await watch({ resource, format, items, list, print, until: output.broken })
    else print(items)
    await output.flush()
  },
}

interface Watch {
  readonly resource: Resource<object>
  readonly format: Format
  readonly items: readonly object[]
  readonly list: () => Promise<readonly object[]>
  readonly print: (items: readonly object[]) => void
  readonly until: AbortSignal
}

/** Until nobody reads it, or the daemon ends: that is no failure, since all there was is printed. */
async function watch(options: Watch): Promise<void> {
  const { resource, format, items, list, print, until } = options
  const changes = new Changes(resource, newsOf(resource, format))
  print(changes.next(items))
  while (!until.aborted) {
    await sleep(watchPeriodMs)
    const items = await list().catch((error: unknown) => {
      if (isGone(error)) return undefined
      throw error
    })
    if (items === undefined) {
      process.stderr.write('the daemon has ended\n')
      return
    }
    print(changes.next(items))
  }
}

/** Picks and sorts what is listed. @throws {CommandError} */
function readChoice(resource: Resource<object>, flags: Flags): (items: object[]) => object[] {
  if (resource.name === connections.name) {
    const choose: ConnectionChoice = readConnectionFilter(flags)
    return (items) => choose(items as ConnectionStatus[])
  }
  refuseConnectionFilter(flags, resource.name)
  return (items) => items
}

/** @throws {CommandError} where there is no such thing */
function refuseOfIPVS(resource: Resource<object>, isWatch: boolean): void {
  const hint = 'userspace-proxy get services -o ipvs'
  if (resource.name !== services.name) {
    const what = `-o ipvs is for services, and not for ${resource.name}`
    throw new CommandError(what, { exitCode: 2, hint })
  }
  if (!isWatch) return
  const what = '-o ipvs is a list as a whole, and nothing to --watch'
  throw new CommandError(what, { exitCode: 2, hint: `watch -n1 ${hint}` })
}

function printer(output: StandardOutput, format: Formatter<object>) {
  return (items: readonly object[]): void => {
    for (const line of format(items)) output.print(line)
  }
}

function findResource(word: string): Resource<object> {
  const resource = resources.find(({ name, aliases }) => name === word || aliases.includes(word))
  if (resource !== undefined) return resource
  const names = 'services, endpoints or connections'
  const what = word === '' ? `get what? ${names}` : `there is no ${word} to get; ${names}`
  throw new CommandError(`${what} would be right`, {
    exitCode: 2,
    hint: 'userspace-proxy get services',
  })
}
