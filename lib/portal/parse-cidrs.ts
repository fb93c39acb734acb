/** parseCIDRs: reads an option that is a list of CIDRs. */
import { CIDR } from '../address.ts'
import { invalidOption } from '../options.ts'

/** @throws {ProxyError} ERR_INVALID_OPTION naming `option` and the entry that is no CIDR */
export function parseCIDRs(option: string, list: readonly string[]): readonly CIDR[] {
  return list.map((text) => {
    const cidr = CIDR.parse(text)
    if (cidr !== undefined) return cidr
    throw invalidOption(option, `holds ${JSON.stringify(text)}`, 'a list of CIDRs (10.96.0.0/12)')
  })
}
