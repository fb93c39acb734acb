import { together } from '../../fixtures/together.ts'

await together(import.meta.dirname)
