/**
 * explain: answers what would become of a client. It asks; nothing changes by it.
 */
import { ProxyError } from '../errors.ts'
import { entryKey } from '../model/entry.ts'
import { formatServicePortName } from '../model/service-port-name.ts'
import type { DataPlane } from '../relay/data-plane.ts'
import type { ExplainQuery } from './explain-query.ts'
import { parseExplainQuery } from './explain-query.ts'
import type { Explanation } from './explanation.ts'
import { explanation } from './explanation.ts'
import type { KnownServices } from './find-service-port.ts'
import { findServicePort } from './find-service-port.ts'
import { wayIn } from './way-in.ts'

export interface ExplainSources extends KnownServices {
  readonly dataPlane: Pick<DataPlane, 'explain'>
}

/** @throws {ProxyError} ERR_INVALID_OPTION, ERR_MISSING_SERVICE */
export async function explain(
  query: ExplainQuery,
  { dataPlane, ...known }: ExplainSources,
): Promise<Explanation> {
  const parsed = parseExplainQuery(query)
  const { client } = parsed
  const row = findServicePort(known, parsed)
  const { servicePort } = row
  const way = wayIn(row, parsed.via)
  const view = await dataPlane.explain(entryKey(servicePort.key, way.entry.name), client)
  if (view !== undefined) return explanation({ servicePort, wayIn: way, client, view })
  const name = formatServicePortName(servicePort.name)
  throw new ProxyError('ERR_MISSING_SERVICE', `${name} is not programmed yet`)
}
