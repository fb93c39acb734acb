/**
 * `explain`: asks a running daemon what would become of a client of one Service, and says it in words.
 */
import { stringify } from 'yaml'
import type { Explanation, ServiceStatus } from '../../lib/index.ts'
import { CommandError } from '../command-error.ts'
import type { Command } from '../command.ts'
import { nearestService } from '../explain/nearest-service.ts'
import { explanationLines } from '../explain/words.ts'
import { Flags } from '../flags.ts'
import type { Server } from '../get/admin-client.ts'
import { fetchAnswer, fetchItems, stranger } from '../get/admin-client.ts'
import { StandardOutput } from '../standard-output.ts'

const formats = ['text', 'json', 'yaml'] as const

/** What is passed on as it is: the daemon checks it. */
const questions = ['client', 'via', 'protocol', 'family'] as const

const text = { type: 'string', requiresArg: true } as const

export const explainCommand: Command = {
  command: 'explain [service]',
  describe: 'Say which endpoint a client of a Service gets, and why',
  builder: (yargs) =>
    yargs
      .positional('service', {
        type: 'string',
        describe: 'NAMESPACE/NAME:PORT; the port by name or number',
      })
      .option('client', { ...text, describe: 'Address of a client' })
      .option('via', {
        ...text,
        default: 'cluster',
        describe: 'How it comes: cluster, external, load-balancer, node-port',
      })
      .option('protocol', { ...text, describe: 'TCP or UDP, where the name is both' })
      .option('family', { ...text, describe: 'IPv4 or IPv6, where it is dual stack' })
      .option('output', { ...text, alias: 'o', default: 'text', describe: formats.join(', ') })
      .option('server', {
        ...text,
        default: '127.0.0.1:10249',
        describe: 'Admin surface of the daemon',
      })
      .example('$0 explain shop/web:http', 'what comes next, and why not the others')
      .example('$0 explain shop/web:http --client 127.0.0.1', 'what this machine gets'),
  handler: async (argv) => {
    const flags = new Flags(argv)
    const service = flags.text('service')
    if (service === '') {
      throw new CommandError('explain what? a Service such as shop/web:http would be right', {
        exitCode: 2,
        hint: 'userspace-proxy get services',
      })
    }
    const format = flags.oneOf('output', formats)
    const server = flags.hostPort('server')
    const asked = questions.filter((name) => flags.has(name))
    const query = new URLSearchParams({ service })
    for (const name of asked) query.set(name, flags.text(name))
    const answer = await fetchAnswer(server, `explain?${query.toString()}`)
    if (typeof answer['error'] === 'string') {
      throw await failure(server, service, { error: answer['error'], code: answer['code'] })
    }
    if (!('next' in answer)) throw stranger(server)
    const output = new StandardOutput()
    for (const line of lines(answer as unknown as Explanation, format)) output.print(line)
    await output.flush()
  },
}

function lines(explanation: Explanation, format: (typeof formats)[number]): string[] {
  if (format === 'text') return explanationLines(explanation)
  return [
    format === 'json' ? JSON.stringify(explanation, null, 2) : stringify(explanation).trimEnd(),
  ]
}

interface Failure {
  readonly error: string
  readonly code: unknown
}

/** The daemon's own words, with the dashes of the flag that is wrong, or the Service that may have been meant. */
async function failure(
  server: Server,
  service: string,
  { error, code }: Failure,
): Promise<CommandError> {
  if (code === 'ERR_INVALID_OPTION') {
    const flag = questions.find((name) => error.startsWith(`${name} `))
    return new CommandError(flag === undefined ? error : `--${error}`, { exitCode: 2 })
  }
  const hint = 'userspace-proxy get services'
  if (code !== 'ERR_MISSING_SERVICE') return new CommandError(error, { exitCode: 1, hint })
  const items = (await fetchItems(server, 'services')) as ServiceStatus[]
  const known = new Set(items.map(({ namespace, name }) => `${namespace}/${name}`))
  const [written = ''] = service.split(':')
  const meant = written.includes('/') ? written : `default/${written}`
  const nearest = known.has(meant) ? undefined : nearestService(meant, known)
  const what = nearest === undefined ? error : `${error}; did you mean ${nearest}?`
  return new CommandError(what, { exitCode: 1, hint })
}
