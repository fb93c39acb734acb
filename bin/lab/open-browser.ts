/**
 * openBrowser: has the system open an address, if it can.
 */
import { spawn } from 'node:child_process'

const programs: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
}

/** A program that has not failed by then has taken over, in ms. */
const patienceMs = 2000

/** Returns whether there was a program that could. */
export function openBrowser(
  url: string,
  [program = '', ...args] = programs[process.platform] ?? ['xdg-open'],
): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true })
    child.unref()
    const timer = setTimeout(() => resolve(true), patienceMs)
    const end = (isOpen: boolean): void => {
      clearTimeout(timer)
      resolve(isOpen)
    }
    child.once('error', () => end(false))
    child.once('exit', (code) => end(code === 0))
  })
}
