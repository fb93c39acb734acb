import t from 'tap'
import yargs from 'yargs'
import {
  applyConfiguration,
  configurationNotes,
  configurationOption,
} from '../../../bin/configuration/configuration-option.ts'

const text = { type: 'string', requiresArg: true } as const
const file = `apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
metricsBindAddress: 127.0.0.1:10349
portRange: 8000-8999
clientConnection: {kubeconfig: /etc/kubeconfig}
oomScoreAdj: 0
conntrack: {min: 1}
`

/** What a command gets that has these flags. */
async function parse(...args: string[]): Promise<Record<string, unknown>> {
  return yargs(args)
    .command('run', 'runs', (yargs) =>
      yargs
        .option('config', configurationOption)
        .option('manifests', { type: 'array', string: true, requiresArg: true })
        .option('in-cluster', { type: 'boolean' })
        .option('kubeconfig', text)
        .option('proxy-port-range', text)
        .option('metrics-bind-address', { ...text, default: '127.0.0.1:10249' })
        .middleware(applyConfiguration, true)
        .demandOption('metrics-bind-address'),
    )
    .strict()
    .parserConfiguration({ 'camel-case-expansion': false })
    .exitProcess(false)
    .fail((message: string | null, error?: Error) => {
      throw error?.name === 'YError' ? new Error(`told by yargs: ${message}`) : error
    })
    .parseAsync()
}

t.test('the file wins over defaults, and flags that are typed win over the file', async (t) => {
  const path = `${t.testdir({ 'kube-proxy.yaml': file })}/kube-proxy.yaml`
  const ofFile = {
    'metrics-bind-address': '127.0.0.1:10349',
    'proxy-port-range': '8000-8999',
    kubeconfig: '/etc/kubeconfig',
  }
  const table: readonly (readonly [readonly string[], Record<string, unknown>])[] = [
    [[], ofFile],
    [['--proxy-port-range', '1-9'], { ...ofFile, 'proxy-port-range': '1-9' }],
    // Typed, although it is the default.
    [
      ['--metrics-bind-address=127.0.0.1:10249'],
      { ...ofFile, 'metrics-bind-address': '127.0.0.1:10249' },
    ],
    [['--proxy-port-range='], { ...ofFile, 'proxy-port-range': '' }],
    [['--kubeconfig', 'mine'], { ...ofFile, kubeconfig: 'mine' }],
    [['--manifests', 'shop.yaml'], { ...ofFile, kubeconfig: undefined }],
    [['--in-cluster'], { ...ofFile, kubeconfig: undefined }],
    [['--no-in-cluster'], ofFile],
  ]
  for (const [args, expected] of table) {
    const argv = await parse('run', '--config', path, ...args)
    t.match(argv, expected, args.join(' '))
  }
})

t.test('what there is to note is found again', async (t) => {
  const path = `${t.testdir({ 'kube-proxy.yaml': file })}/kube-proxy.yaml`
  t.same(configurationNotes(await parse('run', '--config', path)), [
    `${path}:7:18: conntrack.min has no effect: the kernel's connection tracking is left as it is`,
  ])
  t.same(configurationNotes(await parse('run')), [])
})

t.test('an error stays what it is', async (t) => {
  const path = `${t.testdir({ 'kube-proxy.yaml': `${file}mode: ipvs\n` })}/kube-proxy.yaml`
  await t.rejects(parse('run', '--config', path), { code: 'ERR_INVALID_OPTION' })
  await t.rejects(parse('run', '--config', `${path}.not`), { name: 'CommandError', exitCode: 2 })
  await t.rejects(parse('run', '--config', 'a', '--config', 'b'), {
    message: '--config is given 2 times; once would be right',
  })
  // What yargs finds out about the flags goes on being told by yargs.
  for (const args of [['--config'], ['--config', path, '--kubeconfig'], ['--kubeconfig']]) {
    await t.rejects(parse('run', ...args), { message: /^told by yargs: Not enough arguments/ })
  }
})
