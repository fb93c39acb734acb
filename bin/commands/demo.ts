/**
 * `demo`: seven questions to a Service with three pods, in half a minute, on the reader's own machine.
 */
import { setTimeout } from 'node:timers/promises'
import { demoMessages, sceneNames } from '../../lib/lab/index.ts'
import type { Command } from '../command.ts'
import { JsonOutput, TextOutput } from '../demo/demo-output.ts'
import { EnterKey } from '../demo/enter-key.ts'
import { showDemo } from '../demo/show-demo.ts'
import { Wording } from '../demo/wording.ts'
import { badFlag, Flags } from '../flags.ts'
import { languageFrom, langFlag, levelFlag, levelOf } from '../lab/lab-flags.ts'
import { ownCommand } from '../own-command.ts'
import { StandardOutput } from '../standard-output.ts'
import { stopSignal } from '../stop-signal.ts'

/** So that one scene can be read before the next one begins, in ms. */
const pauseMs = 1000

export const demoCommand: Command = {
  command: 'demo',
  describe: 'Show in half a minute what each proxy mode does, on this machine',
  builder: (yargs) =>
    yargs
      .option('step', { type: 'boolean', describe: 'Wait for Enter before each scene' })
      .option('fast', { type: 'boolean', describe: 'No pauses, and short measurements' })
      .option('scene', {
        type: 'string',
        requiresArg: true,
        describe: `Only this one, 1 to ${sceneNames.length}`,
      })
      .option('level', levelFlag)
      .option('lang', langFlag)
      .option('output', {
        type: 'string',
        requiresArg: true,
        alias: 'o',
        default: 'text',
        describe: 'text, or json: a record in each line',
      })
      .example('$0 demo', 'no cluster, no root, nothing is left behind')
      .example('$0 demo --scene 4', 'a pod dies: who retries?')
      .example('$0 demo --lang zh-CN --step', 'in Chinese, one scene after the other'),
  handler: async (argv) => {
    const flags = new Flags(argv)
    const level = levelOf(flags)
    const format = flags.oneOf('output', ['text', 'json'])
    const language = languageFrom(flags)
    const numbers = flags.has('scene') ? [sceneNumber(flags.text('scene'))] : undefined
    const wording = new Wording(demoMessages[language])
    const isFast = flags.isSet('fast')
    const isStep = flags.isSet('step')
    const stdout = new StandardOutput()
    const [, script = ''] = process.argv
    const command = ownCommand({ script, cwd: process.cwd(), env: process.env })
    const isBold = process.stdout.isTTY && !process.env['NO_COLOR']
    const output =
      format === 'json'
        ? new JsonOutput(stdout)
        : new TextOutput({ output: stdout, wording, command, isBold })
    const enterKey = new EnterKey()
    const prompt = `\n[${wording.say('pressEnter')}] `
    const stop = new AbortController()
    void stopSignal().then(() => stop.abort())
    stdout.broken.addEventListener('abort', () => stop.abort())
    const summary = await showDemo({
      level,
      output,
      isFast,
      numbers,
      pause: (signal) =>
        isStep
          ? enterKey.pressed(prompt, signal)
          : pause(isFast || format === 'json' ? 0 : pauseMs, signal),
      signal: stop.signal,
    })
    enterKey.close()
    await stdout.flush()
    if (summary === undefined && !stdout.broken.aborted) process.exitCode = 130
    else if (summary !== undefined && summary.failed > 0) process.exitCode = 1
  },
}

function sceneNumber(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= sceneNames.length) return number
  throw badFlag('scene', text, `a number from 1 to ${sceneNames.length}`)
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => {})
}
