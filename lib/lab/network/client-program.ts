/**
 * The program that runs on a host which asks: it answers calls of the methods of LabClient.
 */
import { LabClient } from '../lab-client.ts'
import { answerCalls, methodsOf } from './rpc.ts'

process.on('disconnect', () => process.exit())
answerCalls(process, methodsOf(new LabClient()))
process.send?.('ready')
