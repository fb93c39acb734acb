// Every test may cover every file of lib; bin and the examples are run as processes and not counted.
import { globSync } from 'node:fs'

const lib = globSync('lib/**/*.ts')

export default () => lib
