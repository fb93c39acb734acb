/**
 * `lab`: one Service, three pods and a client on this machine, and a page to carry them by any mode and to break them.
 */
import { LabSession, openLab, PageServer, pageText } from '../../lib/lab/index.ts'
import type { Lab, LabLevel, Language, PageServerOptions } from '../../lib/lab/index.ts'
import { ProxyError } from '../../lib/index.ts'
import { CommandError } from '../command-error.ts'
import type { Command } from '../command.ts'
import { badFlag, Flags } from '../flags.ts'
import { tableWidth } from '../get/format.ts'
import { languageFrom, langFlag, levelFlag, levelOf } from '../lab/lab-flags.ts'
import { LabKeys } from '../lab/lab-keys.ts'
import { openBrowser } from '../lab/open-browser.ts'
import { StandardOutput } from '../standard-output.ts'
import { stopSignal } from '../stop-signal.ts'
import { wrapText } from '../wrap-text.ts'

const text = { type: 'string', requiresArg: true } as const

const usualPort = 10_270

interface ServeOptions extends Omit<PageServerOptions, 'port'> {
  readonly port: number | undefined
}

export const labCommand: Command = {
  command: 'lab',
  describe: 'A Service to be carried by any mode, and a page to break it',
  builder: (yargs) =>
    yargs
      .option('open', { type: 'boolean', describe: 'Open the page in a browser' })
      .option('level', levelFlag)
      .option('port', {
        ...text,
        describe: `Of the page, on 127.0.0.1. Default: ${usualPort}, or a free one`,
      })
      .option('lang', langFlag)
      .example('$0 lab --open', 'then kill pod-2, and switch to iptables')
      .example('$0 lab --level loopback', 'where namespaces are forbidden'),
  handler: async (argv) => {
    const flags = new Flags(argv)
    const level = levelOf(flags)
    const language = languageFrom(flags)
    const port = flags.has('port') ? portOf(flags) : undefined
    const stop = stopSignal()
    const output = new StandardOutput()
    const end = new AbortController()
    const lab = await open(level)
    const session = new LabSession({
      lab,
      openOther: () => openLab({ level: lab.description.level }),
      now: Date.now,
    })
    let server: PageServer | undefined
    try {
      await session.start()
      // Without the flag the page speaks the browser's language, not the terminal's.
      server = await serve({ session, port, language: flags.has('lang') ? language : undefined })
      output.print(invitation({ lab, session, url: server.url, language }))
      if (flags.isSet('open')) void showIn(output, server.url, language)
      const keys = new LabKeys({ session, language, print: (text) => output.print(text) })
      await Promise.race([stop, untilQuit(keys, end.signal)])
    } finally {
      end.abort()
      await server?.close()
      await session.close()
    }
    output.print(pageText(language, 'terminal.closed'))
  },
}

/** Another lab that has the usual port is no reason not to have this one too; a port that was asked for is meant. */
async function serve({ port, ...options }: ServeOptions): Promise<PageServer> {
  const server = new PageServer({ ...options, port: port ?? usualPort })
  try {
    await server.start()
    return server
  } catch (error) {
    if (port !== undefined) throw error
    const other = new PageServer({ ...options, port: 0 })
    await other.start()
    return other
  }
}

/** Nothing waits for a browser to come up. */
async function showIn(output: StandardOutput, url: string, language: Language): Promise<void> {
  if (!(await openBrowser(url))) output.print(pageText(language, 'terminal.noBrowser'))
}

async function open(level: LabLevel | undefined): Promise<Lab> {
  try {
    return await openLab({ level })
  } catch (error) {
    if (!(error instanceof ProxyError) || error.code !== 'ERR_UNSUPPORTED') throw error
    throw new CommandError(error.message, {
      exitCode: 1,
      hint: 'userspace-proxy lab --level loopback',
      cause: error,
    })
  }
}

function portOf(flags: Flags): number {
  const text = flags.text('port')
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw badFlag('port', text, 'a port such as 10270, or 0 for any')
}

interface Invitation {
  readonly lab: Lab
  readonly session: LabSession
  readonly url: string
  readonly language: Language
}

function invitation({ lab, session, url, language }: Invitation): string {
  const { level, reason, readyMs } = lab.description
  const { service, pods, carriage } = session.state
  const ready = pods.filter(({ isReady, isListed }) => isReady && isListed).length
  const lines = [
    pageText(language, 'terminal.view', { url }),
    pageText(language, 'terminal.service', {
      service: service.name,
      address: `${service.clusterIP}:${service.port}`,
      ready,
      all: pods.length,
      mode: carriage.mode,
      truth: carriage.truth,
    }),
    pageText(language, 'terminal.try'),
    ...(process.stdin.isTTY ? [pageText(language, 'terminal.keys')] : []),
  ]
  const indent = '  '
  const why = { width: tableWidth, first: indent, others: indent }
  return [
    pageText(language, 'terminal.ready', { seconds: (readyMs / 1000).toFixed(1), level }),
    ...(reason === '' ? [] : wrapText(reason, why)),
    ...lines.map((line) => indent + line),
  ].join('\n')
}

/** Resolves at a key that ends the lab; never, where there is no terminal. Aborted, it gives the terminal back. */
function untilQuit(keys: LabKeys, signal: AbortSignal): Promise<void> {
  const { stdin } = process
  return new Promise((resolve) => {
    if (!stdin.isTTY) return
    stdin.setRawMode(true)
    stdin.setEncoding('utf8')
    stdin.on('data', (text: string) => {
      if (text.split('').some((key) => keys.press(key))) resolve()
    })
    signal.addEventListener('abort', () => {
      stdin.setRawMode(false)
      stdin.destroy()
    })
  })
}
