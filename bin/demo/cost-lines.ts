/**
 * Scene 6 on a terminal.
 */
import type { Cost, CostRecord, LabMode, ModeCost } from '../../lib/lab/index.ts'
import { padColumns } from '../text-columns.ts'
import type { Key, Wording } from './wording.ts'

export function costLines(wording: Wording, record: CostRecord): string[] {
  const { modes, rounds, load, cpus } = record
  const direct = modes.find(({ mode }) => mode === 'direct')
  const table = [
    wording.say('costHeader').split('|'),
    ...modes.map((row) => [
      row.mode,
      cell(row.newConnection, direct?.newConnection, inMicroseconds),
      cell(row.openConnection, direct?.openConnection, inMicroseconds),
      cell(row.bulk, direct?.bulk, inGigabits),
      wording.say(chooserOf(row.mode)),
    ]),
  ]
  return [
    ...table.map((row) => `    ${row.map((text, i) => padColumns(text, widths[i] ?? 0)).join('')}`),
    ...modes.flatMap((row) => invalidLines(wording, row)),
    ...wording.lines('costRounds', { rounds }),
    ...wording.lines('costLoad', { load: load.toFixed(1), cpus }),
    // With half of the machine busy otherwise, rounds begin to differ for reasons of their own.
    ...(load > cpus / 2 ? wording.lines('costBusy') : []),
    ...wording.why('becauseCost'),
  ]
}

/** Of all columns but the last. */
const widths = [11, 16, 17, 17]

/** `442 us  1.9x`; `249 us  =` where the rounds overlap with those of direct. */
function cell(
  cost: Cost | undefined,
  direct: Cost | undefined,
  format: (value: number) => string,
): string {
  if (cost === undefined) return '-'
  const value = format(cost.median)
  if (direct === undefined || cost === direct) return value
  if (cost.versusDirect === 'same') return `${value}  =`
  return `${value}  ${(cost.median / direct.median).toFixed(1)}x`
}

function inMicroseconds(value: number): string {
  return `${Math.round(value)} us`
}

function inGigabits(bytesPerSecond: number): string {
  return `${((bytesPerSecond * 8) / 1e9).toFixed(1)} Gb/s`
}

function invalidLines(wording: Wording, { mode, invalid }: ModeCost): string[] {
  if (invalid.length === 0) return []
  return wording.lines('costInvalid', { mode, reasons: invalid.join('; ') })
}

function chooserOf(mode: LabMode): Key {
  if (mode === 'direct') return 'choosesDirect'
  if (mode === 'userspace' || mode === 'anyip') return 'choosesProxy'
  return mode === 'ipvs' ? 'choosesIpvs' : 'choosesKernel'
}
