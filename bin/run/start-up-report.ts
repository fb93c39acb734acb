/**
 * What `run` prints once it serves: where every ServicePort listens, and what is not proxied and why.
 */
import type { ServiceStatus } from '../../lib/index.ts'
import { tableWidth } from '../get/format.ts'
import { notProxiedColumns, placeColumns } from '../get/service-columns.ts'
import { isNotProxied, isProxied } from '../get/services.ts'
import { Table } from '../table.ts'

export interface StartUpReportOptions {
  readonly services: readonly ServiceStatus[]
  /** Of the source: `manifests shop.yaml`. */
  readonly description: string
  /** Objects of kinds that are not read, by kind. */
  readonly skippedKinds: ReadonlyMap<string, number>
  /** `address:port` of the admin surface; `undefined` while there is none. */
  readonly admin: string | undefined
  /** Where probes ask, or why they cannot; `undefined` where nobody is to. */
  readonly health: string | undefined
}

/** Without a last line break. No line is longer than 80 characters, but for long names of files. */
export function startUpReport({
  services,
  description,
  skippedKinds,
  admin,
  health,
}: StartUpReportOptions): string {
  const proxied = services.filter(isProxied)
  const table = new Table({ columns: placeColumns, width: tableWidth })
  const others = new Table({ columns: notProxiedColumns, width: tableWidth })
  const blocks = [
    [
      `serving ${description}`,
      `admin surface ${admin ?? 'not yet: its port is taken'}`,
      ...(health === undefined ? [] : [`health server ${health}`]),
    ],
    proxied.length > 0 ? table.lines(proxied) : ['no Service is proxied'],
    others.lines(services.filter(isNotProxied)),
    skippedLines(skippedKinds),
  ]
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

/** Nothing where nothing was skipped. */
export function skippedLines(skippedKinds: ReadonlyMap<string, number>): string[] {
  const kinds = [...skippedKinds].map(([kind, count]) => `${count} ${kind}`)
  return kinds.length === 0 ? [] : wrap(`skipped, being of no use to a proxy: ${kinds.join(', ')}`)
}

function wrap(text: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > tableWidth) {
      lines.push(line)
      line = ` ${word}`
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}
