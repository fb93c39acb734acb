// Every test of lib may cover every file of lib. What runs the program or the examples is not counted: lib is covered
// without it.
import { globSync } from 'node:fs'

const lib = globSync('lib/**/*.ts')

export default (test) => (test.startsWith('test/lib/') ? lib : null)
