/**
 * startProgram: a program of the lab as a process of its own on this machine, so that what happens to it, and what it
 * costs, happens to nobody else. It ends with this process, however that ends.
 */
import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { ProxyError } from '../../index.ts'

/** @throws {ProxyError} ERR_LAB where it ends before it is ready */
export async function startProgram(
  name: 'pod-program' | 'client-program',
  args: readonly string[] = [],
): Promise<ChildProcess> {
  // As source or built, it has the same suffix as this file.
  const url = new URL(`../network/${name}${extname(import.meta.url)}`, import.meta.url)
  const child = fork(url, args, {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text))
  const isReady = await Promise.race([
    once(child, 'message').then(() => true),
    once(child, 'exit').then(() => false),
  ])
  if (isReady) return child
  const reason = said.trim().replace(/^[^]*?\w*Error: ([^\n]*)[^]*$/, '$1')
  throw new ProxyError('ERR_LAB', `${name} ${args.join(' ')}: ${reason}`)
}

/** Resolves when it is gone. */
export async function killProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}
