#!/usr/bin/env node
/**
 * The program `userspace-proxy`: looks at the Node it runs on, then hands its arguments to the command line.
 *
 * Nothing else is imported before the version is known to be right: on an older Node the first import could fail with
 * a stack that says nothing.
 */
import { setFlagsFromString } from 'node:v8'
import { nodeProblem } from './supported-node.ts'

// V8 takes what survives its first collections, when its young generation is small, for long-lived, and from then on makes
// its like old at birth: parts of sockets. Dead, they keep their connections until the whole heap is collected. Measured with
// connections of one request: two thirds of the young generation survived, 12 ms a collection; without this 0.4 ms.
setFlagsFromString('--no-allocation-site-pretenuring')

const problem = nodeProblem(process.versions.node)
if (problem === undefined) {
  const { runCommandLine } = await import('./command-line.ts')
  await runCommandLine(process.argv.slice(2))
} else {
  process.stderr.write(`error: ${problem}\n`)
  process.exitCode = 2
}
