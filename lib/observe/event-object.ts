/**
 * eventObject: an Event as the API of a cluster takes it. Pure.
 *
 * `events.k8s.io/v1` is strict: fields of the older form must be unset, times have six digits behind the point, and a
 * note has at most 1024 bytes. Servers before 1.19 have the older form only.
 *
 * @see kubernetes v1.34 pkg/apis/core/validation/events.go
 */
import type { ObjectVersion } from '../source/kubernetes-records.ts'
import { printable } from '../model/printable.ts'

export type EventsAPI = 'events.k8s.io/v1' | 'v1'

/** What an Event is about. */
export interface EventSubject {
  readonly kind: 'Service' | 'Node'
  /** `''` for a Node. */
  readonly namespace: string
  readonly name: string
}

/** What is to be told. */
export interface ClusterEvent {
  readonly type: 'Normal' | 'Warning'
  /** For programs and people, in camel case: `PortTaken`. */
  readonly reason: string
  /** What was being done: `Listen`. */
  readonly action: string
  /** For people. */
  readonly note: string
  readonly regarding: EventSubject
  /** Which part of it, where it has parts: the same reason for the same part is a repeat, whatever the note says. */
  readonly part?: string
}

/** An Event and how often it has happened. */
export interface EventOccurrences {
  readonly event: ClusterEvent
  /** Of the Event object. */
  readonly name: string
  /** ms since 1970. */
  readonly firstMs: number
  readonly lastMs: number
  /** 1 or more. */
  readonly count: number
}

export interface EventReporter {
  readonly controller: string
  /** Name of the node; `''` where it is not known. */
  readonly nodeName: string
}

const longestInstance = 128
const longestNoteBytes = 1024

/** Where Events about an object are: beside it, and those about a Node in `default`. */
export function eventNamespace({ namespace }: EventSubject): string {
  return namespace || 'default'
}

/** The path of the collection that holds Events about `subject`. */
export function eventsPath(api: EventsAPI, subject: EventSubject): string {
  const root = api === 'v1' ? '/api/v1' : `/apis/${api}`
  return `${root}/namespaces/${eventNamespace(subject)}/events`
}

/** The whole object. `version` is that of the object it is about, where it is known. */
export function eventObject(
  api: EventsAPI,
  occurrences: EventOccurrences,
  { controller, nodeName }: EventReporter,
  version: ObjectVersion | undefined,
): object {
  const { event, name, firstMs } = occurrences
  const { type, reason, action, regarding } = event
  const instance = (nodeName || controller).slice(0, longestInstance)
  const reference = referenceTo(regarding, version)
  const note = shortNote(event.note)
  const common = {
    apiVersion: api,
    kind: 'Event',
    metadata: { namespace: eventNamespace(regarding), name },
    type,
    reason,
    action,
    reportingInstance: instance,
    ...eventSeries(api, occurrences),
  }
  if (api === 'v1') {
    return {
      ...common,
      involvedObject: reference,
      message: note,
      reportingComponent: controller,
      source: { component: controller, ...(nodeName && { host: nodeName }) },
      firstTimestamp: time(firstMs),
    }
  }
  return {
    ...common,
    eventTime: microTime(firstMs),
    reportingController: controller,
    regarding: reference,
    note,
  }
}

/** The fields that change when an Event is repeated. */
export function eventSeries(api: EventsAPI, { count, lastMs }: EventOccurrences): object {
  if (api === 'v1') return { count, lastTimestamp: time(lastMs) }
  return count > 1 ? { series: { count, lastObservedTime: microTime(lastMs) } } : {}
}

/**
 * A name for the Event object that no other has: that of what it is about, and the time in ns, as client-go makes it.
 * `random` is in [0, 1).
 */
export function eventName({ name }: EventSubject, nowMs: number, random: number): string {
  const nanoseconds = BigInt(Math.floor(nowMs)) * 1_000_000n + BigInt(Math.floor(random * 1e6))
  const suffix = nanoseconds.toString(16)
  // 253 characters are what a name may have.
  const prefix = name.length + 1 + suffix.length > 253 ? 'userspace-proxy' : name
  return `${prefix}.${suffix}`
}

function referenceTo(
  { kind, namespace, name }: EventSubject,
  version: ObjectVersion | undefined,
): object {
  const { uid = '', resourceVersion = '' } = version ?? {}
  // `kubectl describe` looks for the uid; for Nodes also for their name, which the kubelet gives.
  const id = uid || (kind === 'Node' ? name : '')
  return {
    apiVersion: 'v1',
    kind,
    ...(namespace && { namespace }),
    name,
    ...(id && { uid: id }),
    ...(resourceVersion && { resourceVersion }),
  }
}

/** The server counts bytes. */
function shortNote(note: string): string {
  const shown = printable(note, longestNoteBytes)
  const bytes = Buffer.from(shown)
  if (bytes.length <= longestNoteBytes) return shown
  const cut = new TextDecoder().decode(bytes.subarray(0, longestNoteBytes - 3), { stream: true })
  return `${cut}…`
}

function time(ms: number): string {
  return new Date(ms).toISOString()
}

function microTime(ms: number): string {
  return time(ms).replace('Z', '000Z')
}
