// Every test may cover every file of lib; bin and the examples are run as processes and not counted. Nor is the lab in
// network namespaces, which is other processes too: test/integration/lab-network.ts has it.
import { globSync } from 'node:fs'

const lib = globSync('lib/**/*.ts').filter((path) => !path.startsWith('lib/lab/network/'))

export default () => lib
