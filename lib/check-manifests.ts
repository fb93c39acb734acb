/**
 * checkManifests: all that there is to say about manifests before anything serves them.
 *
 * Reads them as a ManifestSource does, but goes on where that one would refuse, and also tells what is no error: fields
 * that nobody reads, portals that two Services claim, and what would not be proxied and why.
 */
import { resolve } from 'node:path'
import { ProxyError } from './errors.ts'
import { DesiredState } from './model/desired-state.ts'
import type { KubernetesObject } from './model/objects.ts'
import { portalConflicts } from './model/portal-conflicts.ts'
import { serviceKey } from './model/service-port-name.ts'
import type { DesiredServicePort, NotProxied, ServicePort } from './model/service-port.ts'
import { servicePortsWithoutEndpoint } from './model/without-endpoint.ts'
import { invalidOption } from './options.ts'
import type { ManifestObject, ParsedManifest } from './source/manifest-contents.ts'
import { readManifest, scanManifests, type ManifestFile } from './source/manifest-files.ts'
import { ManifestLedger } from './source/manifest-ledger.ts'
import { parseManifest } from './source/parse-manifest.ts'

export interface CheckManifestsOptions {
  /** Files and folders, as for a ManifestSource. */
  readonly paths: readonly string[]
  /** Ends the reading: the promise rejects with its reason. */
  readonly signal?: AbortSignal
}

export interface ManifestCheck {
  /** ERR_SOURCE for each path or file that cannot be read, and ERR_INVALID_MANIFEST for each fault of those that can. */
  readonly errors: readonly ProxyError[]
  /** What is allowed and hardly meant, `file:line:column: what`. */
  readonly warnings: readonly string[]
  readonly files: number
  readonly services: number
  /** Addresses of endpoints, ready or not. */
  readonly endpoints: number
  readonly skippedKinds: ReadonlyMap<string, number>
  readonly notProxied: readonly NotProxied[]
  /** ServicePorts whose clients would all be reset, and why. */
  readonly withoutEndpoint: readonly NotProxied[]
}

/** @throws {ProxyError} ERR_INVALID_OPTION where there is no path */
export async function checkManifests(options: CheckManifestsOptions): Promise<ManifestCheck> {
  const { paths, signal = new AbortController().signal } = options
  if (paths.length === 0) throw invalidOption('paths', 'is empty', 'at least one file or folder')
  const scan = await scanManifests(paths.map((name) => ({ name, path: resolve(name) })))
  const errors = [...scan.faults.values()]
  const contents = new Map<string, ParsedManifest>()
  for (const file of scan.files.values()) {
    const manifest = await read(file, signal)
    errors.push(...(manifest instanceof ProxyError ? [manifest] : manifest.problems))
    if (!(manifest instanceof ProxyError)) contents.set(file.path, manifest)
  }
  const placed = new Map([...contents].map(([path, { objects }]) => [path, objects]))
  const { set: objects, conflicts } = new ManifestLedger().update(placed)
  errors.push(...conflicts)
  const locations = new Map<KubernetesObject, string>()
  for (const { object, location } of [...placed.values()].flat()) locations.set(object, location)

  const desired = new DesiredState({ allowLoopbackEndpoints: true })
  for (const object of objects) desired.set(object)
  const rows = desired.takeChanges().set
  const manifests = [...contents.values()]
  return {
    errors,
    warnings: [
      ...manifests.flatMap(({ warnings }) => warnings),
      ...conflictWarnings(objects, rows, locations),
      ...strayWarnings(objects, locations),
    ],
    files: scan.files.size,
    services: objects.filter(({ kind }) => kind === 'Service').length,
    endpoints: objects.reduce((sum, object) => sum + countEndpoints(object), 0),
    skippedKinds: sumOf(manifests),
    notProxied: desired.notProxied(),
    withoutEndpoint: servicePortsWithoutEndpoint(objects, rows),
  }
}

async function read(file: ManifestFile, signal: AbortSignal): Promise<ParsedManifest | ProxyError> {
  const bytes = file.fault ?? (await readManifest(file, signal))
  return bytes instanceof ProxyError ? bytes : parseManifest(bytes, { file: file.name, signal })
}

function sumOf(manifests: readonly ParsedManifest[]): Map<string, number> {
  const sum = new Map<string, number>()
  for (const { skipped } of manifests) {
    for (const [kind, count] of skipped) sum.set(kind, (sum.get(kind) ?? 0) + count)
  }
  return sum
}

function countEndpoints(object: KubernetesObject): number {
  if (object.kind === 'EndpointSlice') return object.endpoints.length
  return object.kind === 'Endpoints'
    ? object.slices.flatMap(({ endpoints }) => endpoints).length
    : 0
}

type Locations = ReadonlyMap<KubernetesObject, ManifestObject['location']>

/** In the order of the files, so that it is the later one of two Services that has what the earlier one has. */
function conflictWarnings(
  objects: readonly KubernetesObject[],
  rows: readonly DesiredServicePort[],
  locations: Locations,
): string[] {
  const byService = new Map<string, ServicePort[]>()
  for (const { servicePort } of rows) {
    const key = serviceKey(servicePort.name)
    byService.set(key, [...(byService.get(key) ?? []), servicePort])
  }
  const places = new Map<string, string | undefined>()
  const servicePorts = objects.flatMap((object) => {
    if (object.kind !== 'Service') return []
    places.set(serviceKey(object), locations.get(object))
    return byService.get(serviceKey(object)) ?? []
  })
  return portalConflicts(servicePorts).map(({ portal, servicePort, earlier }) => {
    const name = serviceKey(servicePort.name)
    const other = serviceKey(earlier.name)
    const what = `Service ${name} has ${portal}, as ${other} at ${places.get(other)}`
    return `${places.get(name)}: ${what}; only one of them can be served`
  })
}

/** Endpoints of nobody. (Endpoints objects are also used as locks, and then have no Service.) */
function strayWarnings(objects: readonly KubernetesObject[], locations: Locations): string[] {
  const services = new Set(objects.filter(({ kind }) => kind === 'Service').map(serviceKey))
  return objects.flatMap((object) => {
    if (object.kind !== 'EndpointSlice') return []
    const { namespace, serviceName } = object
    const key = serviceKey({ namespace, name: serviceName })
    if (services.has(key)) return []
    const what = `its label kubernetes.io/service-name is "${serviceName}"`
    return [`${locations.get(object)}: ${what}, but there is no Service ${key}`]
  })
}
