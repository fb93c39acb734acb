import * as models from '@kubernetes/client-node/dist/gen/models/all.js'
import t from 'tap'
import { knownFields, type FieldNames } from '../../../lib/model/known-fields.ts'

interface Model {
  getAttributeTypeMap(): { baseName: string; type: string }[]
}

/** The fields of a type of the API, as the client library has them. */
function fieldsOf(type: string): FieldNames | null {
  const model = (models as unknown as Record<string, Model | undefined>)[
    type.replace(/^Array<(.*)>$/, '$1')
  ]
  const attributes = model?.getAttributeTypeMap?.()
  if (attributes === undefined) return null
  return Object.fromEntries(attributes.map(({ baseName, type }) => [baseName, fieldsOf(type)]))
}

/** Paths of all fields, sorted. */
function paths(names: FieldNames, parent = ''): string[] {
  return Object.entries(names)
    .flatMap(([name, fields]) => {
      const path = `${parent}${name}`
      return fields === null ? [path] : [path, ...paths(fields, `${path}.`)]
    })
    .sort()
}

/** Fields that the API has no more. */
const former: Readonly<Record<string, readonly string[]>> = {
  Service: ['spec.ipFamily', 'spec.topologyKeys'],
  EndpointSlice: ['endpoints.topology'],
  Endpoints: [],
  Node: [],
}

for (const [kind, ofKind] of Object.entries(former)) {
  t.test(`the fields of ${kind} are those of the API`, async (t) => {
    const added = ['metadata.initializers', 'metadata.clusterName', ...ofKind]
    const known = paths(knownFields[kind as keyof typeof knownFields])
    t.same(
      known.filter((path) => !added.includes(path)),
      paths(fieldsOf(`V1${kind}`) ?? {}),
    )
    t.same(
      added.filter((path) => !known.includes(path)),
      [],
    )
  })
}

t.test('the metadata of a list is that of the API', async (t) => {
  t.same(paths(knownFields.List['metadata'] ?? {}), paths(fieldsOf('V1ListMeta') ?? {}))
})
