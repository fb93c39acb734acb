#!/usr/bin/env node
/**
 * The program `userspace-proxy`: looks at the Node it runs on, then hands its arguments to the command line.
 *
 * Nothing else is imported before the version is known to be right: on an older Node the first import could fail with
 * a stack that says nothing.
 */
import { nodeProblem } from './supported-node.ts'

const problem = nodeProblem(process.versions.node)
if (problem === undefined) {
  const { runCommandLine } = await import('./command-line.ts')
  await runCommandLine(process.argv.slice(2))
} else {
  process.stderr.write(`error: ${problem}\n`)
  process.exitCode = 2
}
