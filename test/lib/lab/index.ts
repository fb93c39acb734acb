import { readFileSync } from 'node:fs'
import t from 'tap'
import * as lab from '../../../lib/lab/index.ts'

t.test('the door of the lab is one of the package', async (t) => {
  const file = new URL('../../../package.json', import.meta.url)
  const { exports } = JSON.parse(readFileSync(file, 'utf8')) as { exports: Record<string, unknown> }
  t.same(exports['./lab'], {
    types: './dist/lib/lab/index.d.ts',
    default: './dist/lib/lab/index.js',
  })
  t.same(Object.keys(lab), [
    'LabSession',
    'PageServer',
    'chooseLevel',
    'courseTexts',
    'demoMessages',
    'experimentNames',
    'fill',
    'ipvsSchedulers',
    'labModes',
    'labSchedulers',
    'languages',
    'openLab',
    'pageText',
    'parseIptablesText',
    'podNames',
    'render',
    'renderModes',
    'reportMarkdown',
    'runExperiment',
    'runReport',
    'runScenes',
    'sceneNames',
    'walkIptables',
  ])
})
