/**
 * Who runs where: the relay has the last core for itself, clients, backends and the bench have the others.
 *
 * Without it the scheduler moves them about, and ratios of two runs differ by more than relays do.
 */
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

export type Side = 'relay' | 'others'

const count = availableParallelism()
const hasTaskset = spawnSync('taskset', ['--version']).error === undefined

/** Whether processes are pinned to cores. */
export const isPinned = hasTaskset && count > 1

const cores: Readonly<Record<Side, string>> = {
  relay: String(count - 1),
  others: count > 2 ? `0-${count - 2}` : '0',
}

/** The command that runs `command` on the cores of `side`. */
export function onCores(side: Side, command: readonly string[]): string[] {
  return isPinned ? ['taskset', '--cpu-list', cores[side], ...command] : [...command]
}

/** Moves this process, all its threads, to the cores of `side`. */
export function moveTo(side: Side): void {
  if (!isPinned) return
  const args = ['--all-tasks', '--pid', '--cpu-list', cores[side], String(process.pid)]
  spawnSync('taskset', args)
}

export function describeCores(): string {
  if (!isPinned) return 'not pinned'
  return `relay on core ${cores.relay}, clients and backends on ${cores.others}`
}
