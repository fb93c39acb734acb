/**
 * doctorReport: the findings as lines, or as an object for programs.
 */
import { tableWidth } from '../get/format.ts'
import type { PortalModeName } from '../portal-binders.ts'
import { portalModes } from '../portal-binders.ts'
import { wrapText } from '../wrap-text.ts'
import { lackedBy, type Finding } from './finding.ts'

/** A line for each finding, folded where a terminal would cut it, and one for each portal mode. */
export function doctorReport(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ name }) => name.length)) + 2
  const others = ' '.repeat('missing  '.length + width)
  const lines = findings.flatMap(({ name, mark, found, advice }) => {
    const text = printable(advice === undefined ? found : `${found}. try: ${advice}`)
    const first = mark.padEnd('missing  '.length) + name.padEnd(width)
    return wrapText(text, { width: tableWidth, first, others })
  })
  const modes = portalModes.map((mode) => {
    const lacked = lackedBy(mode, findings)
    const verdict = lacked.length === 0 ? 'can work' : `cannot work: ${lacked.join(', ')}`
    return `--portals ${mode.padEnd('iptables'.length)}  ${verdict}`
  })
  return [...lines, '', ...modes]
}

export interface DoctorDocument {
  readonly findings: readonly Finding[]
  readonly portals: Readonly<
    Record<PortalModeName, { readonly canWork: boolean; readonly lacks: readonly string[] }>
  >
}

export function doctorDocument(findings: readonly Finding[]): DoctorDocument {
  const portals = portalModes.map((mode) => {
    const lacks = lackedBy(mode, findings)
    return [mode, { canWork: lacks.length === 0, lacks }] as const
  })
  return { findings, portals: Object.fromEntries(portals) as DoctorDocument['portals'] }
}

/** Tools and files say what they like. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, '?')
}
