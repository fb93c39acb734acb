/**
 * DemoOutput: where the demo is told as it happens: to a terminal, or as JSON, one document in each line.
 */
import type { LabDescription, LabState, SceneName, SceneReport } from '../../lib/lab/index.ts'
import { sceneNames } from '../../lib/lab/index.ts'
import { packageVersion } from '../package-version.ts'
import type { StandardOutput } from '../standard-output.ts'
import { columnsOf } from '../text-columns.ts'
import { openingLines } from './opening-lines.ts'
import { sceneLines, sceneTitle, sceneTruth } from './scene-lines.ts'
import type { DemoSummary } from './summary.ts'
import { summaryLines } from './summary.ts'
import type { Wording } from './wording.ts'

export interface DemoOutput {
  /** Before anything else: nobody is to look at an empty screen. */
  begin(): void
  lab(description: LabDescription, state: LabState): void
  /** A scene begins, and will take a while. */
  scene(number: number, name: SceneName): void
  report(report: SceneReport): void
  end(summary: DemoSummary): void
  /** Nothing more will come. */
  stop(): void
}

export class JsonOutput implements DemoOutput {
  readonly #output: StandardOutput

  constructor(output: StandardOutput) {
    this.#output = output
  }

  begin(): void {}

  scene(): void {}

  stop(): void {}

  lab(description: LabDescription, state: LabState): void {
    this.#print({ kind: 'Lab', version: packageVersion(), ...description, ...state })
  }

  report(report: SceneReport): void {
    this.#print({ kind: 'Scene', ...report })
  }

  end(summary: DemoSummary): void {
    this.#print({ kind: 'Summary', ...summary })
  }

  #print(document: object): void {
    this.#output.print(JSON.stringify(document))
  }
}

export interface TextOutputOptions {
  readonly output: StandardOutput
  readonly wording: Wording
  /** How this program is called. */
  readonly command: string
  /** Whether titles may be bold. */
  readonly isBold: boolean
}

export class TextOutput implements DemoOutput {
  readonly #options: TextOutputOptions
  /** Of the title, whose line is still open; 0: none is. */
  #titleColumns = 0

  constructor(options: TextOutputOptions) {
    this.#options = options
  }

  begin(): void {
    this.#print(`userspace-proxy ${packageVersion()} demo`)
  }

  lab(description: LabDescription, state: LabState): void {
    for (const line of openingLines(this.#options.wording, description, state)) this.#print(line)
  }

  scene(number: number, name: SceneName): void {
    const { output, wording, isBold } = this.#options
    const title = `${number}/${sceneNames.length} ${sceneTitle(wording, name)}`
    this.#titleColumns = columnsOf(title)
    output.write(`\n${isBold ? `\u001B[1m${title}\u001B[22m` : title}`)
  }

  report(report: SceneReport): void {
    const { output, wording, command } = this.#options
    const truth = sceneTruth(report) ?? ''
    const gap = Math.max(1, 80 - truth.length - this.#titleColumns)
    output.write(truth === '' ? '\n' : `${' '.repeat(gap)}${truth}\n`)
    this.#titleColumns = 0
    for (const line of sceneLines(wording, report, command)) this.#print(line)
  }

  end(summary: DemoSummary): void {
    this.#print('')
    for (const line of summaryLines(this.#options.wording, summary)) this.#print(line)
  }

  stop(): void {
    if (this.#titleColumns > 0) this.#print('')
  }

  #print(line: string): void {
    this.#options.output.print(line)
  }
}
