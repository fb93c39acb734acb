/**
 * The program in the lab's namespaces, and the first process of them: whatever ends it, all else there ends with it.
 *
 * It is called over its IPC channel, and exits when that is closed: by `close`, or by the end of the outer process.
 */
import { Clients } from './clients.ts'
import { setUpHosts } from './hosts.ts'
import type { NamespaceLabOptions } from './namespace-lab.ts'
import { Pods } from './pods.ts'
import type { Answerer } from './rpc.ts'
import { answerCalls, methodsOf } from './rpc.ts'

process.on('disconnect', () => process.exit())

/** What answers once there is a lab. */
let lab: Answerer | undefined

async function open(options: NamespaceLabOptions): Promise<void> {
  await setUpHosts()
  const clients = new Clients()
  // It brings the whole library, and loads while the programs start.
  const [pods, { NamespaceLab }] = await Promise.all([
    Pods.start(),
    import('./namespace-lab.ts'),
    clients.start('client'),
  ])
  lab = methodsOf(new NamespaceLab(pods, clients, options))
}

answerCalls(process, (method, args) =>
  lab === undefined ? open(args[0] as NamespaceLabOptions) : lab(method, args),
)
