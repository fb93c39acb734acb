/**
 * ManifestValue: a value read from a manifest, which still knows where in the text each of its fields stands.
 */
import type { FieldPath } from '../model/object-field.ts'

export interface ManifestValue {
  readonly value: unknown
  /**
   * Offset in the text of the field at `path`; where that is absent or empty, of the key of the nearest field above
   * it that is there.
   *
   * @param part the key instead, where the name of the field is what is wrong
   */
  readonly offsetOf: (path: FieldPath, part?: FieldPart) => number
}

export type FieldPart = 'value' | 'key'
