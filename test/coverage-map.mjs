// Every test may cover every file of lib; bin and the examples are run as processes and not counted. Nor is the lab in
// network namespaces, which is other processes too: test/integration/lab-network.ts has it. Nor what runs in a browser:
// test/integration/lab-page.ts has that.
import { globSync } from 'node:fs'

const notCounted = /^lib\/lab\/(?:network\/|page\/assets\/[\w-]+\.ts$)/

const lib = globSync('lib/**/*.ts').filter((path) => !notCounted.test(path))

export default () => lib
