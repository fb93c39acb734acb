/**
 * validationReport: what `validate` prints, line by line.
 */
import type { ManifestCheck, NotProxied } from '../../lib/index.ts'
import { tableWidth } from '../get/format.ts'
import { skippedLines } from '../run/start-up-report.ts'
import { wrapText } from '../wrap-text.ts'

export interface Findings {
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
}

export interface ValidationReportOptions extends Findings {
  /** `undefined` where no manifests were given. */
  readonly manifests: ManifestCheck | undefined
}

/** A line for each finding, whatever its length; no other line is longer than 80 characters. */
export function validationReport(options: ValidationReportOptions): string[] {
  const { errors, warnings, manifests } = options
  const findings = [
    ...errors.map((text) => `error: ${text}`),
    ...warnings.map((text) => `warning: ${text}`),
  ]
  const counts = [count(errors.length, 'error'), count(warnings.length, 'warning')].join(', ')
  return [
    ...block(findings),
    ...(manifests === undefined ? [] : summary(manifests)),
    `${errors.length > 0 ? 'not valid' : 'valid'}: ${counts}`,
  ]
}

function summary(manifests: ManifestCheck): string[] {
  const { files, services, endpoints, notProxied, withoutEndpoint, skippedKinds } = manifests
  const counts = [count(services, 'Service'), count(endpoints, 'endpoint')].join(', ')
  return [
    `${count(files, 'file')}: ${counts}`,
    '',
    ...block(skippedLines(skippedKinds)),
    ...list('not proxied:', notProxied),
    ...list('without a usable endpoint, so that all clients are reset:', withoutEndpoint),
  ]
}

function list(title: string, rows: readonly NotProxied[]): string[] {
  if (rows.length === 0) return []
  const lines = rows.flatMap(({ namespace, name, port, reason }) => {
    const text = `${namespace}/${name}${port ? `:${port}` : ''}: ${reason}`
    return wrapText(text, { width: tableWidth, first: '  ', others: '    ' })
  })
  return [title, ...block(lines)]
}

/** With an empty line behind it, where it has any lines. */
function block(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [...lines, '']
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
