import t from 'tap'
import { prepareArguments } from '../../bin/arguments.ts'

t.test('a value that sticks to its short flag is taken off', async (t) => {
  t.same(prepareArguments(['get', 'svc', '-oyaml', '-nshop', '-Aw']), [
    'get',
    'svc',
    '-o=yaml',
    '-n=shop',
    '-Aw',
  ])
})

t.test('all else stays as it is', async (t) => {
  const args = ['run', '--manifests', 'a.yaml', '-o', 'json', '-o=json', '--watch=true', '-n', '-']
  t.same(prepareArguments(args), args)
})

for (const argument of [
  '--watch=maybe',
  '-w=1',
  '--debug=',
  '-Aw=yes',
  '--all-namespaces=no',
  '--keep-portals=1',
]) {
  t.test(`${argument} is refused`, async (t) => {
    const [name = ''] = argument.split('=')
    t.throws(() => prepareArguments([argument]), { message: `${argument}: ${name} takes no value` })
  })
}
