import t from 'tap'
import { ownCommand } from '../../bin/own-command.ts'

const cwd = '/home/me/userspace-proxy'

t.test('within npm start it is what npx finds, with the Node of node_modules', async (t) => {
  const script = `${cwd}/dist/bin/userspace-proxy.js`
  const env = { npm_lifecycle_event: 'start' }
  t.equal(ownCommand({ script, cwd, env }), 'npx userspace-proxy')
})

t.test('started by hand it is called as it was', async (t) => {
  const script = `${cwd}/dist/bin/userspace-proxy.js`
  t.equal(ownCommand({ script, cwd, env: {} }), 'node dist/bin/userspace-proxy.js')
  t.equal(ownCommand({ script, cwd: '/tmp', env: {} }), `node ${script}`)
})

t.test('installed it is the name of the program', async (t) => {
  t.equal(ownCommand({ script: '/usr/local/bin/userspace-proxy', cwd, env: {} }), 'userspace-proxy')
  const script = '/tmp/x/node_modules/.bin/userspace-proxy'
  t.equal(ownCommand({ script, cwd, env: { npm_command: 'exec' } }), 'npx userspace-proxy')
})
