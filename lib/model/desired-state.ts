/**
 * DesiredState: what the proxy should do now, computed from the objects a source has told of.
 *
 * Events are only recorded; `takeChanges` computes the Services they touched and nothing else, so that one endpoint
 * of 100,000 costs what its own Service costs. It knows no socket and no kernel.
 *
 * @see kubernetes v1.34 pkg/proxy/servicechangetracker.go, endpointschangetracker.go. There every sync also walks all
 * ServicePorts to join them with their endpoints.
 */
import { addressClass, type CIDR, type IPFamily } from '../address.ts'
import { compareText } from './compare-text.ts'
import { desiredServicePort } from './desired-service-port.ts'
import { EndpointRows } from './endpoint-rows.ts'
import type { Endpoint } from './endpoint.ts'
import type { EndpointSlice, KubernetesObject, Node, ObjectKey } from './objects.ts'
import { plainEqual } from './plain-equal.ts'
import { PortalAddresses } from './portal-addresses.ts'
import {
  isEmpty,
  isHintedAt,
  newEntry,
  noPorts,
  slicesOf,
  type ServiceEntry,
} from './service-entry.ts'
import { serviceHealth, type ServiceHealth } from './service-health.ts'
import { serviceKey, type Protocol } from './service-port-name.ts'
import { servicePortsOf } from './service-ports.ts'
import type { DesiredServicePort, NotProxied } from './service-port.ts'
import type { NodeTopology } from './topology.ts'

export interface DesiredStateOptions {
  /** Whether endpoints may be loopback addresses. Default false: in a cluster that is a hole (CVE-2021-25737). */
  readonly allowLoopbackEndpoints?: boolean | undefined
  /** External IPs within these are served. Default: none is. */
  readonly externalIPCIDRs?: readonly CIDR[] | undefined
  /** See `ServicePortsOptions`. */
  readonly serviceProxyName?: string | undefined
  /** The node this runs on. Default `''`: no endpoint is local. */
  readonly nodeName?: string | undefined
}

/** When something happened that changed the endpoints of a Service, as their slice says. */
export interface EndpointTrigger {
  readonly family: IPFamily
  /** In RFC 3339, unchecked. */
  readonly time: string
}

export interface DesiredChanges {
  /** ServicePorts that are new or have changed, sorted by key. */
  readonly set: readonly DesiredServicePort[]
  /** Keys of ServicePorts that are gone, sorted. */
  readonly removed: readonly string[]
}

export class DesiredState {
  readonly #allowLoopback: boolean
  readonly #externalIPCIDRs: readonly CIDR[]
  readonly #serviceProxyName: string
  #topology: NodeTopology
  #node: Node | undefined
  /** By `namespace/name` of the Service. */
  readonly #entries = new Map<string, ServiceEntry>()
  /** Which Service a slice belongs to, by `namespace/name` of the slice. */
  readonly #sliceOwners = new Map<string, ServiceEntry>()
  readonly #touched = new Set<ServiceEntry>()
  readonly #triggers = new Map<ServiceEntry, EndpointTrigger[]>()
  readonly #portals = new PortalAddresses()
  readonly #rowsByEndpoint = new EndpointRows()

  constructor(options: DesiredStateOptions = {}) {
    this.#allowLoopback = options.allowLoopbackEndpoints ?? false
    this.#externalIPCIDRs = options.externalIPCIDRs ?? []
    this.#serviceProxyName = options.serviceProxyName ?? ''
    this.#topology = { nodeName: options.nodeName ?? '', zone: undefined }
  }

  /** The Node this runs on, once it was told. */
  get node(): Node | undefined {
    return this.#node
  }

  /** An object is new or has changed; the same one again is harmless. */
  set(object: KubernetesObject): void {
    switch (object.kind) {
      case 'Service':
        this.#touch(serviceKey(object)).service = object
        break
      case 'Endpoints':
        this.#touch(serviceKey(object)).endpoints = object
        break
      case 'Node':
        if (object.name === this.#topology.nodeName) this.#setNode(object)
        break
      case 'EndpointSlice': {
        const before = this.#sliceOwners.get(serviceKey(object))?.slices.get(object.name)
        this.#deleteSlice(object) // its label may name another Service now
        const { namespace, serviceName } = object
        const entry = this.#touch(serviceKey({ namespace, name: serviceName }))
        entry.slices.set(object.name, object)
        this.#sliceOwners.set(serviceKey(object), entry)
        this.#noteTrigger(entry, object, before)
      }
    }
  }

  /** An object is gone; one that was never there is harmless. */
  delete(key: ObjectKey): void {
    if (key.kind === 'EndpointSlice') {
      // The time that a slice names is of its last change, not of its end.
      const owner = this.#sliceOwners.get(serviceKey(key))
      if (owner !== undefined) this.#triggers.delete(owner)
      return this.#deleteSlice(key)
    }
    if (key.kind === 'Node') {
      if (key.name === this.#topology.nodeName) this.#setNode(undefined)
      return
    }
    const entry = this.#entries.get(serviceKey(key))
    if (entry === undefined) return
    if (key.kind === 'Service') entry.service = undefined
    else entry.endpoints = undefined
    this.#touched.add(entry)
  }

  /** The difference between the desired state now and at the last call. */
  takeChanges(): DesiredChanges {
    for (const entry of this.#touched) this.#makePorts(entry)
    const set: DesiredServicePort[] = []
    const removed: string[] = []
    for (const entry of this.#touched) {
      const before = entry.rows
      entry.rows = this.#makeRows(entry)
      for (const [key, row] of entry.rows) {
        if (row === before.get(key)) continue
        this.#rowsByEndpoint.add(row)
        set.push(row)
      }
      for (const [key, row] of before) {
        if (row === entry.rows.get(key)) continue
        this.#rowsByEndpoint.delete(row)
        if (!entry.rows.has(key)) removed.push(key)
      }
      if (isEmpty(entry)) this.#entries.delete(entry.key)
    }
    this.#touched.clear()
    return { set: set.sort(byServicePort), removed: removed.sort(compareText) }
  }

  /** The changes of endpoints that the last `takeChanges` was the answer to, of Services that are proxied; once. */
  takeTriggers(): EndpointTrigger[] {
    const triggers = [...this.#triggers].flatMap(([{ rows }, triggers]) =>
      rows.size > 0 ? triggers : [],
    )
    this.#triggers.clear()
    return triggers
  }

  /** All ServicePorts as of the last `takeChanges`, sorted by key. */
  servicePorts(): DesiredServicePort[] {
    return [...this.#entries.values()].flatMap(({ rows }) => [...rows.values()]).sort(byServicePort)
  }

  /** All that is not proxied as of the last `takeChanges`, sorted by namespace, name and port. */
  notProxied(): NotProxied[] {
    return [...this.#entries.values()].flatMap(({ ports }) => ports.notProxied).sort(byName)
  }

  /** The health of all Services that have a healthCheckNodePort and use it, as of the last `takeChanges`, sorted. */
  serviceHealth(): ServiceHealth[] {
    const health: ServiceHealth[] = []
    for (const { portsMadeOf: service, rows } of this.#entries.values()) {
      if (service === undefined || rows.size === 0) continue
      const own = serviceHealth(service, rows.values(), this.#topology)
      if (own !== undefined) health.push(own)
    }
    return health.sort((a, b) => compareText(serviceKey(a), serviceKey(b)))
  }

  #setNode(node: Node | undefined): void {
    this.#node = node
    const { nodeName, zone } = this.#topology
    if (zone === node?.zone) return
    this.#topology = { nodeName, zone: node?.zone }
    for (const entry of this.#entries.values()) if (isHintedAt(entry)) this.#touched.add(entry)
  }

  /** The entry of a Service, made where there is none, to be computed at the next `takeChanges`. */
  #touch(key: string): ServiceEntry {
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      entry = newEntry(key)
      this.#entries.set(key, entry)
    }
    this.#touched.add(entry)
    return entry
  }

  /** A slice that is told again says the same time again. */
  #noteTrigger(entry: ServiceEntry, slice: EndpointSlice, before: EndpointSlice | undefined): void {
    const { addressType: family, lastChangeTriggerTime: time } = slice
    if (time === undefined || time === before?.lastChangeTriggerTime || family === 'FQDN') return
    const triggers = this.#triggers.get(entry)
    if (triggers === undefined) this.#triggers.set(entry, [{ family, time }])
    else triggers.push({ family, time })
  }

  #deleteSlice(slice: { readonly namespace: string; readonly name: string }): void {
    const key = serviceKey(slice)
    const owner = this.#sliceOwners.get(key)
    if (owner === undefined) return
    owner.slices.delete(slice.name)
    this.#sliceOwners.delete(key)
    this.#touched.add(owner)
  }

  /** Counts the portals of a Service that changed, and touches whoever has an endpoint on one that comes or goes. */
  #makePorts(entry: ServiceEntry): void {
    if (entry.service === entry.portsMadeOf) return
    const before = entry.ports.servicePorts
    entry.portsMadeOf = entry.service
    entry.ports =
      entry.service === undefined
        ? noPorts
        : servicePortsOf(entry.service, {
            externalIPCIDRs: this.#externalIPCIDRs,
            serviceProxyName: this.#serviceProxyName,
          })
    // What stays is counted before it is taken back, so that it never seems to go.
    const come = entry.ports.servicePorts.flatMap((port) => this.#portals.add(port))
    const gone = before.flatMap((port) => this.#portals.delete(port))
    for (const hostPort of [...come, ...gone]) {
      for (const { servicePort } of this.#rowsByEndpoint.get(hostPort)) {
        this.#touch(serviceKey(servicePort.name))
      }
    }
  }

  /** The rows of a Service; a row that did not change is the very one there was. */
  #makeRows(entry: ServiceEntry): ReadonlyMap<string, DesiredServicePort> {
    const slices = slicesOf(entry)
    const refusal = this.#refusal
    const rows = new Map<string, DesiredServicePort>()
    for (const servicePort of entry.ports.servicePorts) {
      const before = entry.rows.get(servicePort.key)
      const row = desiredServicePort(servicePort, { slices, node: this.#topology, refusal })
      rows.set(servicePort.key, before !== undefined && plainEqual(before, row) ? before : row)
    }
    return rows
  }

  /** Why an endpoint must never be dialled. Whoever may write EndpointSlices could aim the proxy at its own node. */
  readonly #refusal = (endpoint: Endpoint, protocol: Protocol): string | undefined => {
    const kind = addressClass(endpoint.address)
    const isDiallable = kind === 'unicast' || (kind === 'loopback' && this.#allowLoopback)
    if (!isDiallable) return `${kind} address: never dialled`
    return this.#portals.has(endpoint.key, protocol)
      ? 'is a portal of this proxy: would loop'
      : undefined
  }
}

function byServicePort(a: DesiredServicePort, b: DesiredServicePort): number {
  return compareText(a.servicePort.key, b.servicePort.key)
}

function byName(a: NotProxied, b: NotProxied): number {
  // A Service that is left out whole is one row, so that two rows of one Service have ports.
  return compareText(serviceKey(a), serviceKey(b)) || compareText(String(a.port), String(b.port))
}
