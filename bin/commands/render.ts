/**
 * `render`: prints what a mode of kube-proxy would install for the same Services. It installs nothing.
 */
import { networkInterfaces } from 'node:os'
import type { PlannedServicePorts } from '../../lib/index.ts'
import { canonicalAddress, CIDR, ManifestSource, plannedServicePorts } from '../../lib/index.ts'
import type { IpvsSchedulerName, Rendering } from '../../lib/lab/index.ts'
import { ipvsSchedulers, render, renderModes } from '../../lib/lab/index.ts'
import { CommandError } from '../command-error.ts'
import type { Command } from '../command.ts'
import { badFlag, Flags } from '../flags.ts'
import { summaryLines } from '../render/summary.ts'
import { StandardOutput } from '../standard-output.ts'

export const renderFormats = ['text', 'json'] as const
export const renderReleases = ['1.20', '1.23'] as const
export const schedulerNames = Object.keys(ipvsSchedulers) as readonly IpvsSchedulerName[]

const text = { type: 'string', requiresArg: true } as const

export const renderCommand: Command = {
  command: 'render',
  describe: 'Print what another mode of kube-proxy would install',
  builder: (yargs) =>
    yargs
      .option('mode', { ...text, default: 'iptables', describe: renderModes.join(', ') })
      .option('file', {
        type: 'array',
        string: true,
        requiresArg: true,
        alias: 'f',
        describe: 'Files or folders of manifests, YAML or JSON',
      })
      .option('cluster-cidr', {
        ...text,
        describe: 'Where pods have addresses, comma separated. Default: not known',
      })
      .option('hostname-override', { ...text, describe: 'The node, for policies Local' })
      .option('node-ip', {
        ...text,
        describe: 'Addresses of the node, comma separated. Default: those of this machine',
      })
      .option('release', {
        ...text,
        default: '1.20',
        describe: 'Of kube-proxy, for iptables: 1.20 or 1.23',
      })
      .option('ipvs-scheduler', {
        ...text,
        default: 'rr',
        describe: `For ipvs: ${schedulerNames.join(', ')}`,
      })
      .option('output', {
        ...text,
        alias: 'o',
        default: 'text',
        describe: renderFormats.join(', '),
      })
      .example('$0 render --mode iptables -f shop.yaml', 'KUBE-SVC and KUBE-SEP chains')
      .example('$0 render --mode nftables -f shop.yaml', 'maps instead of chains')
      .example('$0 render --mode ipvs -f shop.yaml', 'what ipvsadm -Ln would print')
      .example('$0 render --mode userspace -f shop.yaml', 'what this proxy would install')
      .example('$0 render --mode iptables -o json -f shop.yaml', 'also every rule of every walk'),
  handler: async (argv) => {
    const flags = new Flags(argv)
    if (!flags.has('file')) throw new CommandError('--file is missing', { exitCode: 2 })
    const mode = flags.oneOf('mode', renderModes)
    const format = flags.oneOf('output', renderFormats)
    const release = flags.oneOf('release', renderReleases)
    const scheduler = flags.oneOf('ipvs-scheduler', schedulerNames)
    const clusterCIDRs = listOf(flags, 'cluster-cidr', 'CIDRs such as 10.244.0.0/16', (cidr) =>
      CIDR.parse(cidr)?.toString(),
    )
    const nodeAddresses = flags.has('node-ip')
      ? listOf(flags, 'node-ip', 'addresses such as 192.0.2.1', canonicalAddress)
      : addressesHere()
    const { servicePorts } = await readServicePorts(flags)
    const rendering = render({
      mode,
      servicePorts,
      clusterCIDRs,
      nodeAddresses,
      release,
      scheduler,
      withSteps: format === 'json',
    })
    const output = new StandardOutput()
    if (format === 'json') output.print(JSON.stringify(rendering, null, 2))
    else printText(rendering, output)
    await output.flush()
  },
}

/** What would be installed can be piped into the tool that installs it; what is said about it is for people. */
function printText(rendering: Rendering, output: StandardOutput): void {
  for (const { family, text } of rendering.families) {
    if (rendering.families.length > 1) output.print(`# ${family}`)
    output.print(text.trimEnd())
  }
  for (const line of summaryLines(rendering)) process.stderr.write(`${line}\n`)
}

function readServicePorts(flags: Flags): Promise<PlannedServicePorts> {
  return plannedServicePorts({
    source: new ManifestSource({ paths: flags.texts('file') }),
    // kube-proxy serves them all.
    externalIPCIDRs: ['0.0.0.0/0', '::/0'],
    nodeName: flags.text('hostname-override'),
  })
}

function listOf(
  flags: Flags,
  name: string,
  right: string,
  parse: (text: string) => string | undefined,
): string[] {
  return (flags.list(name) ?? []).map((text) => parse(text) ?? refuse(name, text, right))
}

function refuse(name: string, text: string, right: string): never {
  throw badFlag(name, text, right)
}

function addressesHere(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .map(({ address }) => address)
}
