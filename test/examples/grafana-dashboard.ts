import { readFileSync } from 'node:fs'
import t from 'tap'
import { metricDefinitions } from '../../lib/index.ts'

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: {
    readonly h: number
    readonly w: number
    readonly x: number
    readonly y: number
  }
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
}

interface Dashboard {
  readonly panels: readonly Panel[]
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: string }[]
  }
}

const text = readFileSync(
  new URL('../../examples/kubernetes/grafana-dashboard.json', import.meta.url),
  'utf8',
)
const { panels, templating } = JSON.parse(text) as Dashboard

/** Names of series by their metric's labels. */
const series = new Map(
  metricDefinitions.flatMap(({ name, type, labels }) => {
    const own = type === 'summary' ? [...labels, 'quantile'] : labels
    const parts: [string, readonly string[]][] = ['_sum', '_count'].map((suffix) => [
      `${name}${suffix}`,
      labels,
    ])
    if (type === 'histogram') return [...parts, [`${name}_bucket`, [...labels, 'le']] as const]
    return type === 'summary' ? [...parts, [name, own] as const] : [[name, own] as const]
  }),
)

/** Prometheus knows it of each target. */
const ofTarget = 'instance'

const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))

t.test('every query asks for series that there are, by labels that they have', async (t) => {
  t.ok(expressions.length > 20)
  for (const expr of expressions) {
    const names = expr.match(/(?:kubeproxy|userspace_proxy|process|nodejs)_\w+/g) ?? []
    t.not(names.length, 0, expr)
    for (const name of names) t.ok(series.has(name), `${name} in ${expr}`)
    const [name = ''] = names
    const selected = [...expr.matchAll(/(\w+)=~?"/g)].map(([, label = '']) => label)
    const by = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', '))
    for (const label of [...selected, ...by]) {
      if (label !== ofTarget)
        t.ok(series.get(name)?.includes(label), `${label} of ${name}: ${expr}`)
    }
  }
})

t.test(
  'every variable is there that a query names, and takes its values from a series',
  async (t) => {
    const own = new Set(['__rate_interval', ...templating.list.map(({ name }) => name)])
    for (const query of [...expressions, ...templating.list.map(({ query }) => query)]) {
      for (const [, name = ''] of query.matchAll(/\$(\w+)/g))
        t.ok(own.has(name), `${name}: ${query}`)
      const [, name = '', label = ''] = /^label_values\((\w+).*, (\w+)\)$/.exec(query) ?? []
      if (name !== '') t.ok(label === ofTarget || series.get(name)?.includes(label), query)
    }
  },
)

t.test('what a legend names is what its query keeps', async (t) => {
  for (const { targets = [] } of panels) {
    for (const { expr, legendFormat } of targets) {
      const by = /by \(([^)]*)\)/.exec(expr)?.[1]?.split(', ')
      const isSum = /\bsum\b/.test(expr)
      const legend = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label)
      for (const label of legend) t.ok(isSum ? by?.includes(label) : true, `${label}: ${expr}`)
    }
  }
})

t.test('no two panels lie on each other, and each has a number of its own', async (t) => {
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
  const cells = panels.flatMap(({ gridPos: { h, w, x, y } }) =>
    Array.from({ length: h * w }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`),
  )
  t.equal(new Set(cells).size, cells.length)
  t.ok(panels.every(({ gridPos: { w, x } }) => x + w <= 24))
})
