import t from 'tap'
import type { Command } from '../../../bin/command.ts'
import { describeCommand } from '../../../bin/describe/describe-command.ts'

const command: Command = {
  command: 'bake [what]',
  describe: 'Bake something',
  builder: (yargs) =>
    yargs
      .positional('what', { type: 'string', describe: 'Of what' })
      .option('oven', { alias: ['o'], type: 'string', default: 'large', describe: 'Which one' })
      .options({ eggs: { type: 'array' }, gas: { type: 'boolean', alias: 'fire' } })
      .option('secret', { hidden: true })
      .middleware(() => {})
      .example('$0 bake bread', 'every day'),
  handler: () => {},
}

t.test('a command says of itself what it says to yargs', async (t) => {
  t.same(describeCommand(command), {
    name: 'bake',
    usage: 'bake [what]',
    describe: 'Bake something',
    positionals: [{ name: 'what', describe: 'Of what' }],
    flags: [
      { name: 'oven', short: 'o', describe: 'Which one', kind: 'value', default: 'large' },
      { name: 'eggs', short: undefined, describe: '', kind: 'list', default: undefined },
      { name: 'gas', short: undefined, describe: '', kind: 'switch', default: undefined },
    ],
    examples: [{ line: 'userspace-proxy bake bread', describe: 'every day' }],
  })
})

t.test('a hidden command is not described, and one without a builder has no flags', async (t) => {
  t.equal(describeCommand({ ...command, describe: false }), undefined)
  const { builder: _, ...bare } = command
  t.same(describeCommand(bare)?.flags, [])
})
