import t from 'tap'
import { parseWrk } from '../loads/wrk.ts'

/** What wrk 4.1.0 prints with wrk.lua. */
const output = `Running 1s test @ http://127.0.1.1:8080/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   843.13us  402.52us  10.24ms   94.92%
    Req/Sec    75.66k     4.10k   81.98k    80.00%
  75271 requests in 1.00s, 11.27MB read
Requests/sec:  75270.55
Transfer/sec:     11.27MB
{"requests":75271,"seconds":1.000006,"errors":2,"p50":614.0,"p99":793.0,"p999":1487.0}
`

t.test('the result is the line of the script', (t) => {
  t.same(parseWrk(output), {
    operations: 75_271,
    seconds: 1.000006,
    errors: 2,
    latencyUs: { p50: 614, p99: 793, p999: 1487 },
  })
  t.end()
})

t.test('no result is an error that shows what there is', (t) => {
  t.throws(() => parseWrk('unable to connect'), { message: /unable to connect/ })
  t.end()
})
