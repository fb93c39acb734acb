/** Results as text, no line longer than 80 columns. Pure. */
import { fold } from './fold.ts'
import type { Results } from './results.ts'
import { table } from './table.ts'

export function report(results: Results): string[] {
  return [
    ...describeRun(results),
    ...results.loads.flatMap((load) => ['', ...table(load)]),
    '',
    ...fold(
      `Medians of ${results.starts * results.rounds} rounds. RANGE and /HAPROXY, the ratio to HAProxy, are of the column marked *; ` +
        '/DIRECT, the ratio to no relay, is of the rate. Ratios are medians of those of each round. ' +
        'Latencies in µs; CPU is the user and system time of the relay for each operation.',
    ),
  ]
}

function describeRun({ machine, relays, missing, starts, rounds, seconds }: Results): string[] {
  const { date, cpu, cores, memoryGB, system, node, wrk, pinning, loadAverage } = machine
  return [
    `${date}; ${cores} cores, ${cpu}, ${memoryGB} GB`,
    `${system}; Node ${node}, wrk ${wrk}`,
    `${pinning}; load average at the start ${loadAverage}`,
    `${starts === 1 ? '' : `${starts} starts of `}${rounds} rounds, interleaved, runs of about ${seconds} s`,
    ...relays.map((relay) => `${relay.name}: ${relay.description} ${relay.version}`.trimEnd()),
    ...missing.map((name) => `${name}: not installed, left out`),
  ].flatMap(fold)
}
