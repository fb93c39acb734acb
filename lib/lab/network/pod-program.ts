/**
 * The program that runs in a pod of the lab: a pod server, until it is killed or the lab is gone.
 */
import type { PodName } from '../lab.ts'
import { startPodServer } from '../pod-server.ts'

const [, , name, address = '', port] = process.argv
process.on('disconnect', () => process.exit())
await startPodServer({ name: name as PodName, address, port: Number(port) })
process.send?.('ready')
