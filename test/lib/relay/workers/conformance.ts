import t from 'tap'
import { testDataPlane } from '../../../fixtures/data-plane-conformance.ts'

testDataPlane(t, { workers: 2 })
