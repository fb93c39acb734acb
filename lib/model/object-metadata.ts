/**
 * The part that all Kubernetes objects share: namespace, name, labels.
 */
import { dnsLabel, labelKey, labelValue, type TextRule } from './dns-name.ts'
import type { ObjectField } from './object-field.ts'

export interface ObjectMetadata {
  /** `default` where the object does not say. */
  readonly namespace: string
  readonly name: string
  /** The field `metadata.labels`, not yet read. */
  readonly labels: ObjectField
}

/** Reads the metadata of an object whose name keeps `nameRule`. */
export function readMetadata(object: ObjectField, nameRule: TextRule): ObjectMetadata {
  const metadata = object.at('metadata').object()
  return {
    namespace: metadata.at('namespace').text(dnsLabel) ?? 'default',
    name: metadata.at('name').requiredText(nameRule),
    labels: metadata.at('labels').object(),
  }
}

/** All labels in the field `labels`. */
export function readLabels(labels: ObjectField): Record<string, string> {
  // fromEntries defines fields; it never calls the setter of `__proto__`.
  return Object.fromEntries(
    labels.entries().map(([key, field]) => {
      if (!labelKey.holds(key)) field.problem('is no label', labelKey.right)
      return [key, field.text(labelValue) ?? '']
    }),
  )
}
