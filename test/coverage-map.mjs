// Every test of lib may cover every file of lib. What runs the program or the examples is not counted: lib is covered
// without it. Nor is the lab in network namespaces, which is other processes too
// (test/integration/lab-network.ts), and what runs in a browser (test/integration/lab-page.ts).
import { globSync } from 'node:fs'

const notCounted = /^lib\/lab\/(?:network\/|page\/assets\/[\w-]+\.ts$)/

const lib = globSync('lib/**/*.ts').filter((path) => !notCounted.test(path))

export default (test) => (test.startsWith('test/lib/') ? lib : null)
