import { globSync, readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import {
  closeReasons,
  defaults,
  errorCodes,
  eventReasons,
  failureReasons,
  metricDefinitions,
} from '../../lib/index.ts'
import { explainParameters } from '../../lib/explain/explain-query.ts'
import { connectionLines } from '../../lib/observe/connection-lines.ts'
import { LineBuffer } from '../../lib/observe/line-buffer.ts'
import { root } from '../fixtures/binary.ts'
import { startCommandLines } from '../fixtures/command-lines.ts'
import { connectionStatus } from '../fixtures/statuses.ts'

const run = startCommandLines(t)

const readme = readFileSync(`${root}README.md`, 'utf8')
const reference = readFileSync(`${root}lib/README.md`, 'utf8')

/** The cells of the table of the reference that stands under a header, without backticks and padding. */
function table(header: readonly string[]): string[][] {
  const rows = reference.split('\n').map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
  const first = rows.findIndex((cells) => cells.join('|') === header.join('|'))
  const after = rows.slice(first + 2)
  return after.slice(
    0,
    after.findIndex((cells) => cells.length === 0),
  )
}

t.test('the codes of the reference are those of the library', async (t) => {
  t.same(table(['Code', 'Meaning']), Object.entries(errorCodes))
})

t.test('the reasons of the reference are those of the library', async (t) => {
  t.same(table(['Reason of a failure', 'Meaning']), Object.entries(failureReasons))
  t.same(table(['Reason of an end', 'Meaning']), Object.entries(closeReasons))
  t.same(table(['Reason of an Event', 'Meaning']), Object.entries(eventReasons))
})

t.test('the events of the log are those that the sources name', async (t) => {
  const sources = globSync(['lib/**/*.ts', 'bin/**/*.ts'], { cwd: root })
  // Not the parameter of an `on`, which is another kind of event.
  const words = sources.flatMap((path) =>
    [...readFileSync(`${root}${path}`, 'utf8').matchAll(/(?<!\()\bevent: '([\w-]+)'/g)].map(
      ([, word = '']) => word,
    ),
  )
  const rows = table(['Event', 'Level', 'Fields', 'Meaning'])
  t.same(
    rows.map(([event]) => event),
    [...new Set(words)].toSorted(),
  )
})

t.test('the fields of the reference are those of a line of the connection log', async (t) => {
  const line = new LineBuffer(1024)
  const end = { state: 'closed', reason: 'ended', endedMs: 0 } as const
  connectionLines()(line, { ...connectionStatus(), ...end })
  line.endLine()
  t.same(
    table(['Field', 'Meaning']).map(([field]) => field),
    Object.keys(JSON.parse(line.bytes.toString()) as object),
  )
})

t.test('the metrics of the reference are those of the library', async (t) => {
  t.strictSame(
    table(['Metric', 'Type', 'Labels', 'Meaning']),
    metricDefinitions.map(({ name, type, labels, help }) => [name, type, labels.join(', '), help]),
  )
})

t.test(
  'the options of the reference are those of the library, and its flags those of run',
  async (t) => {
    const rows = table(['Option', 'Flag', 'Default', 'Unit and meaning'])
    const written = Object.entries(defaults).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') || 'none' : value === '' ? '""' : String(value),
    ])
    t.same(
      rows.map(([name, , value]) => [name, value]),
      written,
    )
    const flags = rows.flatMap(([, flag]) => (flag ? [flag] : []))
    const others = table(['Flag', 'Default', 'Meaning']).map(([flag = '']) => flag)
    const there = (await flagsOf('run')).filter((flag) => !isEverywhere(flag))
    t.same([...flags, ...others].toSorted(), there.toSorted())
  },
)

t.test('the parameters of the reference are those that explain asks for', async (t) => {
  const rows = table(['Parameter', 'Flag', 'Meaning'])
  t.same(
    rows.map(([name]) => name),
    explainParameters,
  )
  const flags = await flagsOf('explain')
  t.same(
    missing(
      rows.flatMap(([, flag]) => (flag ? [flag] : [])),
      flags,
    ),
    [],
  )
})

t.test('the defaults of the other flags are those of run', async (t) => {
  const { stdout } = await run(['run', '--help'])
  const help = stdout.split(/^ +(?=--)/m).map((text) => text.replaceAll(/\s+/g, ' '))
  for (const [flag = '', value = ''] of table(['Flag', 'Default', 'Meaning'])) {
    const text = help.find((text) => text.startsWith(`${flag} `)) ?? ''
    const [, quoted, told] = /\[default: "(.*?)"\]|Default: (.*?)\.? \[string\]/.exec(text) ?? []
    t.equal(value, quoted ?? told ?? '', flag)
  }
})

/** The long flags of a command, as its help names them. */
async function flagsOf(command: string): Promise<string[]> {
  const { stdout } = await run([command, '--help'])
  const flags = [...stdout.matchAll(/^ +(?:-\w, )?(--[a-z-]+) /gm)].map(([, flag = '']) => flag)
  // An example may begin a line with one.
  return [...new Set(flags)]
}

function isEverywhere(flag: string): boolean {
  return /^--(?:help|version|debug)$/.test(flag)
}

t.test(
  'the pages name every flag that sets up the daemon, and none that is not there',
  async (t) => {
    const [run, rules, get, explain] = [
      await flagsOf('run'),
      await flagsOf('rules'),
      await flagsOf('get'),
      await flagsOf('explain'),
    ]
    const checks = [...(await flagsOf('validate')), ...(await flagsOf('doctor'))]
    const render = await flagsOf('render')
    const lab = [...(await flagsOf('lab')), ...(await flagsOf('bench'))]
    // Flags stand in code, within a line or at a prompt; rules of iptables have flags of their own.
    const code = `${readme}\n${reference}`.match(/`[^`\n]+`|^\$ userspace-proxy .*$/gm) ?? []
    const named = code.flatMap((text) => text.match(/(?<![\w-])--[a-z-]+/g) ?? [])
    const wanted = [...run, ...rules, ...render].filter((flag) => !isEverywhere(flag))
    t.same(missing(wanted, named), [])
    const all = [...run, ...rules, ...render, ...get, ...explain, ...checks, ...lab]
    t.same(missing(named, all), [])
  },
)

function missing(wanted: readonly string[], there: readonly string[]): string[] {
  const set = new Set(there)
  return wanted.filter((flag) => !set.has(flag))
}

t.test('README prints the rules that rules prints', async (t) => {
  const path = `${t.testdir()}/shop.json`
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'shop', name: 'web' },
    spec: {
      type: 'NodePort',
      clusterIP: '10.96.0.10',
      ports: [{ name: 'http', port: 80, nodePort: 30_080 }],
    },
  }
  writeFileSync(path, JSON.stringify(service))
  const [, ...commands] =
    /^\$ userspace-proxy rules (?:.|\n)*?^\$ userspace-proxy get/m
      .exec(readme)?.[0]
      .split(/^\$ userspace-proxy /m) ?? []
  t.equal(commands.length, 3, 'two commands, and the one after them')
  for (const text of commands.slice(0, 2)) {
    const [command = '', ...lines] = text.trimEnd().split('\n')
    const [program = '', pattern] = command.split(' | grep -e ')
    const args = program.replace('shop.yaml', path).split(' ')
    const { stdout } = await run(args)
    // The address of this machine is another one, or none.
    const printed = stdout
      .trimEnd()
      .replaceAll(/(?<=--to-destination )[\d.]+/g, '192.168.77.1')
      .replace(/(?: src \S+)?$/, command.includes('anyip') ? ' src 192.168.77.1' : '')
      .split('\n')
    const words = pattern?.split(' -e ') ?? ['']
    t.same(
      printed.filter((line) => words.some((word) => line.includes(word))),
      lines,
    )
  }
})

t.test('README is short enough to be read, and leads to the reference', async (t) => {
  t.ok(readme.split('\n').length <= 300)
  t.match(readme, '](lib/README.md)')
  t.notMatch(readme + reference, '@@')
})
