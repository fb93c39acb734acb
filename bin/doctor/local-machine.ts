/**
 * localMachine: the machine this process runs on. The edge of `doctor`: no file but this one touches anything.
 */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { get } from 'node:http'
import { createServer } from 'node:net'
import { homedir, platform, release } from 'node:os'
import { text } from 'node:stream/consumers'
import type { CommandResult } from '../../lib/index.ts'
import type { Machine } from './machine.ts'

/** Where distributions keep tools for root; others have them not in their PATH. */
const path =
  '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin'
const commandTimeoutMs = 20_000
const answerTimeoutMs = 1000

export function localMachine(): Machine {
  return {
    platform: platform(),
    release: release(),
    nodeVersion: process.versions.node,
    uid: process.getuid?.(),
    env: process.env,
    homeFolder: homedir(),
    readFile: (path) => readFile(path, 'utf8').catch(() => undefined),
    run,
    listenProblem,
    ask,
  }
}

/** Rejects as a RunCommand does: where the command did not run to its end. */
function run(command: string, args: readonly string[], input = ''): Promise<CommandResult> {
  const env = { PATH: path, LC_ALL: 'C' }
  const limits = { timeout: commandTimeoutMs, maxBuffer: 2 ** 28, killSignal: 'SIGKILL' } as const
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { env, ...limits }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error)
      else resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr })
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}

async function listenProblem(address: string, port: number): Promise<string | undefined> {
  const server = createServer()
  try {
    server.listen(port, address)
    await once(server, 'listening')
    return undefined
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException
    return code
  } finally {
    server.close()
  }
}

function ask(host: string, port: number, path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(answerTimeoutMs)
    const request = get({ host, port, path, agent: false, signal }, (response) => {
      if (response.statusCode === 200) text(response).then(resolve, () => resolve(undefined))
      else {
        resolve(undefined)
        response.destroy()
      }
    })
    request.on('error', () => resolve(undefined))
  })
}
