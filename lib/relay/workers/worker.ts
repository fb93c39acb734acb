/**
 * The entry of a worker thread. All it does is in `serveWorker`.
 */
import type { MessagePort } from 'node:worker_threads'
import { parentPort, workerData } from 'node:worker_threads'
import { serveWorker } from './serve-worker.ts'
import type { WorkerInit } from './worker-message.ts'

const end = serveWorker(workerData as WorkerInit, parentPort as MessagePort)
// Also after a fault: what it says here is heard. Not where the thread is terminated from outside, or out of memory.
process.on('exit', end)
