/**
 * parseObject: turns a Kubernetes object of unknown content into a checked one.
 *
 * Takes what `kubectl get -o json` prints, a watch delivers or a person writes. Never throws, and never believes:
 * nothing of the value is kept but texts, numbers and booleans that keep their rules. Unknown fields are ignored.
 */
import { plainText, type TextRule } from './dns-name.ts'
import { ObjectField, type ObjectProblem } from './object-field.ts'
import type { KubernetesObject, ObjectKind } from './objects.ts'
import { readEndpointSlice } from './parse-endpoint-slice.ts'
import { readEndpoints } from './parse-endpoints.ts'
import { readNode } from './parse-node.ts'
import { readService } from './parse-service.ts'

export type ParsedObject =
  | { readonly result: 'object'; readonly object: KubernetesObject }
  /** A List, ServiceList, EndpointSliceList, EndpointsList or NodeList. `itemType` is the type of items that do not say theirs. */
  | { readonly result: 'list'; readonly items: readonly unknown[]; readonly itemType: ObjectType }
  /** An object this proxy has no use for; `kind` is for people: `Deployment`, `Service (serving.knative.dev/v1)`. */
  | { readonly result: 'skipped'; readonly kind: string }
  /** All that is wrong with it. */
  | { readonly result: 'invalid'; readonly problems: readonly ObjectProblem[] }

const kindName: TextRule = {
  right: 'Service, EndpointSlice, Endpoints or Node',
  holds: (text) => /^[A-Za-z][A-Za-z\d]{0,62}$/.test(text),
}

/** What the type of an object is where the object itself does not say. */
export interface ObjectType {
  readonly apiVersion?: unknown
  readonly kind?: unknown
}

interface ObjectParser {
  readonly apiVersions: readonly string[]
  readonly read: (object: ObjectField) => KubernetesObject
}

const parsers: Readonly<Record<ObjectKind, ObjectParser>> = {
  Service: { apiVersions: ['v1'], read: readService },
  EndpointSlice: {
    apiVersions: ['discovery.k8s.io/v1', 'discovery.k8s.io/v1beta1'],
    read: readEndpointSlice,
  },
  Endpoints: { apiVersions: ['v1'], read: readEndpoints },
  Node: { apiVersions: ['v1'], read: readNode },
}

/** Parses one object, or opens one list of objects. */
export function parseObject(value: unknown, byDefault: ObjectType = {}): ParsedObject {
  const problems: ObjectProblem[] = []
  const object = new ObjectField(value, problems)
  const parsed = parseKnown(object, byDefault)
  return problems.length > 0 ? { result: 'invalid', problems } : parsed
}

function parseKnown(object: ObjectField, byDefault: ObjectType): ParsedObject {
  const apiVersion = object.at('apiVersion').or(byDefault.apiVersion)
  const kindField = object.object().at('kind').or(byDefault.kind)
  const kind = kindField.requiredText(kindName)
  const itemKind = kind.replace(/List$/, '')
  if (itemKind !== kind && (itemKind === '' || isKnown(itemKind))) {
    return {
      result: 'list',
      items: object
        .at('items')
        .list()
        .map((item) => item.value),
      itemType: itemKind === '' ? {} : { apiVersion: apiVersion.value, kind: itemKind },
    }
  }
  if (!isKnown(kind)) return { result: 'skipped', kind }
  const { apiVersions, read } = parsers[kind]
  if (isOtherApi(apiVersion.value, apiVersions)) {
    return { result: 'skipped', kind: `${kind} (${apiVersion.value})` }
  }
  apiVersion.requiredOneOf(apiVersions)
  return { result: 'object', object: read(object) }
}

function isKnown(kind: string): kind is ObjectKind {
  return Object.hasOwn(parsers, kind)
}

/**
 * Whether this is the API of another project that uses the same kind, or a version of ours from another time. Other
 * groups of Kubernetes itself have no such kind: there the apiVersion is a mistake.
 */
function isOtherApi(apiVersion: unknown, ours: readonly string[]): apiVersion is string {
  if (typeof apiVersion !== 'string' || !plainText.holds(apiVersion)) return false
  if (ours.includes(apiVersion)) return false
  const group = apiVersion.replace(/\/[^/]*$/, '')
  const isOurGroup = ours.some((version) => version.startsWith(`${group}/`))
  return (
    isOurGroup || (apiVersion.includes('/') && group.includes('.') && !group.endsWith('.k8s.io'))
  )
}
