/**
 * `bench`: measures every mode of the lab that is real on this machine, and writes what each costs and does as a page.
 */
import { open, writeFile } from 'node:fs/promises'
import type { Lab } from '../../lib/lab/index.ts'
import { openLab, reportMarkdown, runReport } from '../../lib/lab/index.ts'
import { CommandError } from '../command-error.ts'
import type { Command } from '../command.ts'
import { badFlag, Flags } from '../flags.ts'
import { levelFlag, levelOf } from '../lab/lab-flags.ts'
import { StandardOutput } from '../standard-output.ts'
import { stopSignal } from '../stop-signal.ts'

export const reportFormats = ['markdown', 'json'] as const

const usual = { rounds: 5, durationMs: 500, services: [0, 100, 1000, 5000] } as const
const quick = { rounds: 1, durationMs: 100, services: [0, 100] } as const

/** So many other Services have addresses in the lab. */
const mostServices = 10_000

export const benchCommand: Command = {
  command: 'bench',
  describe: 'Measure what each proxy mode costs on this machine',
  builder: (yargs) =>
    yargs
      .option('report', {
        type: 'string',
        requiresArg: true,
        describe: 'The file for the report. Default: standard output',
      })
      .option('rounds', {
        type: 'string',
        requiresArg: true,
        describe: `How often each is measured. Default ${usual.rounds}`,
      })
      .option('services', {
        type: 'string',
        requiresArg: true,
        describe: `Numbers of other Services. Default ${usual.services.join(',')}`,
      })
      .option('quick', {
        type: 'boolean',
        describe: 'One short round, 0 and 100 other Services: to see what it does',
      })
      .option('level', levelFlag)
      .option('output', {
        type: 'string',
        requiresArg: true,
        alias: 'o',
        default: 'markdown',
        describe: reportFormats.join(' or '),
      })
      .example('$0 bench --report tradeoffs.md', 'some five minutes, best on a quiet machine')
      .example('$0 bench --quick', 'half a minute')
      .example('$0 bench --services 0,2000 --rounds 9', 'other numbers'),
  handler: async (argv) => {
    const flags = new Flags(argv)
    const base = flags.isSet('quick') ? quick : usual
    const level = levelOf(flags)
    const format = flags.oneOf('output', reportFormats)
    const rounds = flags.has('rounds') ? roundsOf(flags.text('rounds')) : base.rounds
    const services = flags.has('services') ? servicesOf(flags) : base.services
    const file = flags.has('report') ? flags.text('report') : undefined
    if (file !== undefined) await checkWritable(file)

    const lab = await openLab({ level })
    const isStopped = closeOnSignal(lab)
    try {
      const { description } = lab
      progress(`level: ${description.level}${description.reason && `; ${description.reason}`}`)
      const { durationMs } = base
      const date = new Date()
      const tradeOffs = await runReport({ lab, rounds, durationMs, services, date, progress })
      const text =
        format === 'json' ? `${JSON.stringify(tradeOffs, null, 2)}\n` : reportMarkdown(tradeOffs)
      if (file === undefined) await print(text)
      else await writeFile(file, text)
    } catch (error) {
      if (!isStopped()) throw error
      process.exitCode = 130
    } finally {
      await lab.close()
    }
  },
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`)
}

async function print(text: string): Promise<void> {
  const output = new StandardOutput()
  output.print(text.trimEnd())
  await output.flush()
}

/** What is being measured then fails; returns whether that is why. */
function closeOnSignal(lab: Lab): () => boolean {
  let isStopped = false
  void stopSignal().then(() => {
    isStopped = true
    return lab.close()
  })
  return () => isStopped
}

/** Before minutes are spent. */
async function checkWritable(file: string): Promise<void> {
  try {
    await (await open(file, 'a')).close()
  } catch (error) {
    const message = `--report ${file} cannot be written: ${(error as Error).message}`
    throw new CommandError(message, { exitCode: 2 })
  }
}

function roundsOf(text: string): number {
  const rounds = Number(text)
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= 100) return rounds
  throw badFlag('rounds', text, 'a number from 1 to 100')
}

function servicesOf(flags: Flags): number[] {
  return (flags.list('services') ?? []).map((text) => {
    const count = Number(text)
    if (text !== '' && Number.isInteger(count) && count >= 0 && count <= mostServices) return count
    throw badFlag('services', flags.text('services'), `numbers from 0 to ${mostServices}: 0,1000`)
  })
}
