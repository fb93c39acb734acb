import { together } from '../../fixtures/together.ts'

await together(import.meta.dirname, '{*,{messages,network,report,statistics,walk}/**/*}.ts')
