/**
 * scaleMarkdown: what other Services cost, as tables of Markdown: a row for each number of them, a column for each mode.
 */
import type { Figure, NumberFormat } from './figure.ts'
import { difference, formatFigure } from './figure.ts'
import { markdownTable } from './markdown-table.ts'
import { publishedFigures } from './published-figures.ts'
import type { ModeScale, ScaleStep } from './trade-offs.ts'

export function scaleMarkdown(scale: readonly ModeScale[]): string[] {
  if ((scale[0]?.steps.length ?? 0) === 0) return []
  return [
    '## With other Services',
    '',
    'The Service that is asked stands last in the rules. A full load begins with none; a change is one endpoint that goes.',
    '',
    ...part('Rules: all / that ask a first packet', scale, ruleCell),
    ...part('Full load, ms', scale, ({ fullLoadMs }) => cell(fullLoadMs, ms)),
    ...part('One change, ms', scale, ({ changeMs }) => cell(changeMs, ms)),
    ...part('New connection, p50, µs', scale, ({ newConnection }) => cell(newConnection, us)),
    ...growth(scale),
    'Published, for comparison:',
    '',
    ...publishedFigures.scale.map((line) => `- ${line}`),
    '',
  ]
}

const us: NumberFormat = (value) => value.toFixed(0)
const ms: NumberFormat = (value) => (value < 10 ? value.toFixed(1) : value.toFixed(0))

function cell(figure: Figure | undefined, format: NumberFormat): string {
  return figure === undefined ? '—' : formatFigure(figure, format)
}

function ruleCell({ ruleCount, walkedRuleCount }: ScaleStep): string {
  return `${ruleCount} / ${walkedRuleCount ?? 0}`
}

function part(
  title: string,
  scale: readonly ModeScale[],
  tell: (step: ScaleStep) => string,
): string[] {
  const numbers = (scale[0] as ModeScale).steps.map(({ otherServices }) => otherServices)
  const rows = numbers.map((number, i) => [
    String(number),
    ...scale.map(({ steps }) => tell(steps[i] as ScaleStep)),
  ])
  return [
    `### ${title}`,
    '',
    ...markdownTable(['Other Services', ...scale.map(({ mode }) => mode)], rows),
    '',
  ]
}

/** Of a new connection, from the fewest Services to the most. */
function growth(scale: readonly ModeScale[]): string[] {
  const lines = scale.flatMap(({ mode, steps }) => {
    const [first, last] = [steps[0] as ScaleStep, steps.at(-1) as ScaleStep]
    const text = difference(last.newConnection, first.newConnection)
    if (first === last || text === '') return []
    return [`- ${mode}: from ${first.otherServices} to ${last.otherServices}: ${text}.`]
  })
  return lines.length === 0 ? [] : ['A new connection:', '', ...lines, '']
}
