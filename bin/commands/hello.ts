/**
 * `hello`: the first contact. Two Services with three endpoints each and the proxy, in one process, until Ctrl-C.
 */
import type { ProxiedStatus } from '../../lib/index.ts'
import { AdminServer, MemorySource, ProxyError, Proxier } from '../../lib/index.ts'
import type { Command } from '../command.ts'
import { startHttpBackend, startPods, startUdpBackend } from '../hello/backends.ts'
import type { InvitationOptions } from '../hello/invitation.ts'
import { invitation } from '../hello/invitation.ts'
import { helloObjects } from '../hello/objects.ts'
import { ownCommand } from '../own-command.ts'
import { StandardOutput } from '../standard-output.ts'
import { stopSignal } from '../stop-signal.ts'

const podsPerService = 3

export const helloCommand: Command = {
  command: 'hello',
  describe: 'Serve two built-in Services on this machine, until Ctrl-C',
  builder: (yargs) => yargs.example('$0 hello', 'then curl http://127.0.0.1:8080/ three times'),
  handler: async () => {
    const stop = stopSignal()
    const output = new StandardOutput()
    const web = await startPods(podsPerService, startHttpBackend)
    const echo = await startPods(podsPerService, startUdpBackend)
    const source = new MemorySource([
      ...helloObjects({ name: 'web', protocol: 'TCP', port: 8080, backends: web }),
      ...helloObjects({ name: 'echo', protocol: 'UDP', port: 8081, backends: echo }),
    ])
    const proxier = new Proxier({ source })
    const admin = new AdminServer({ proxier })
    await proxier.start()
    const get = await tryToShow(admin)
    const services = (await proxier.services()) as ProxiedStatus[]
    // The order of the lesson, not of the alphabet: first web, then echo.
    services.sort((a, b) => a.portNumber - b.portNumber)
    output.print(invitation({ services, get }))
    await stop
    await Promise.all([admin.close(), proxier.close()])
    await Promise.all([...web, ...echo].map((backend) => backend.close()))
    output.print('\nStopped: nothing of it listens any more.')
  },
}

/** A port that is taken (another daemon runs) is no reason not to say hello. */
async function tryToShow(admin: AdminServer): Promise<InvitationOptions['get']> {
  try {
    await admin.start()
    const [, script = ''] = process.argv
    return { command: ownCommand({ script, cwd: process.cwd(), env: process.env }) }
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error
    return { problem: error.message }
  }
}
