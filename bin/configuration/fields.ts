/**
 * Every field of a KubeProxyConfiguration, of Kubernetes 1.8 to 1.37: its type, and the flag that says the same or why
 * there is none.
 *
 * @see kubernetes v1.37 staging/src/k8s.io/kube-proxy/config/v1alpha1/types.go, and its defaults.go for what is usual
 */
import type { FieldType } from './field-types.ts'
import {
  boolean,
  booleans,
  duration,
  durationOrNanoseconds,
  integer,
  number,
  oneOf,
  quantity,
  text,
  texts,
  verbosities,
} from './field-types.ts'

export interface Field {
  /** `undefined`: an object, whose fields have entries of their own. */
  readonly type: FieldType | undefined
  readonly flag?: string
  /** Why it has no effect. */
  readonly reason?: string
  /** Texts that nobody has asked for: kube-proxy writes them where nothing was said. They get no note. */
  readonly usual?: readonly string[]
}

const object: Field = { type: undefined }

function given(type: FieldType, flag: string): Field {
  return { type, flag }
}

function ignored(type: FieldType, reason: string, ...usual: readonly string[]): Field {
  return { type, reason, usual: [type.zero, ...usual] }
}

const noIPVS = 'there is no IPVS here'
const noNftables = 'there are no rules for nftables here'
const noWindows = 'there is nothing of Windows here'
const noLimits = "the kernel's connection tracking is left as it is"
const ownAddress = 'endpoints see an address of this node in any case'
const ownFormat = 'the API server is asked for JSON'
const ownRate = 'all that is asked of the API server is a list and a watch of each kind'
const noInterfaces = 'which interface a client comes from is not seen here'
const ownLog = 'this log has its own flag, --log-level'

const localModes = ['ClusterCIDR', 'NodeCIDR', 'BridgeInterface', 'InterfaceNamePrefix']

/** By their paths: `iptables.syncPeriod`. */
export const fields: ReadonlyMap<string, Field> = new Map<string, Field>([
  ['apiVersion', { type: text }],
  ['kind', { type: text }],
  ['featureGates', ignored(booleans, 'there are no feature gates here')],
  ['clientConnection', object],
  ['clientConnection.kubeconfig', given(text, 'kubeconfig')],
  ['clientConnection.acceptContentTypes', ignored(text, ownFormat)],
  ['clientConnection.contentType', ignored(text, ownFormat, 'application/vnd.kubernetes.protobuf')],
  ['clientConnection.qps', ignored(number, ownRate, '5')],
  ['clientConnection.burst', ignored(integer, ownRate, '10')],
  ['logging', object],
  ['logging.format', ignored(text, 'a terminal gets text and all else JSON', 'text')],
  ['logging.flushFrequency', ignored(durationOrNanoseconds, 'a line is written at once', '5s')],
  ['logging.verbosity', ignored(integer, ownLog)],
  ['logging.vmodule', ignored(verbosities, ownLog)],
  ['logging.options', object],
  ['logging.options.text', object],
  ['logging.options.text.splitStream', ignored(boolean, ownLog)],
  ['logging.options.text.infoBufferSize', ignored(quantity, ownLog)],
  ['logging.options.json', object],
  ['logging.options.json.splitStream', ignored(boolean, ownLog)],
  ['logging.options.json.infoBufferSize', ignored(quantity, ownLog)],
  ['hostnameOverride', given(text, 'hostname-override')],
  ['bindAddress', given(text, 'bind-address')],
  ['healthzBindAddress', given(text, 'healthz-bind-address')],
  ['metricsBindAddress', given(text, 'metrics-bind-address')],
  ['bindAddressHardFail', ignored(boolean, 'a port that is taken is tried again')],
  ['enableProfiling', ignored(boolean, 'Node brings its own profiler, node --inspect')],
  ['showHiddenMetricsForVersion', ignored(text, 'no metrics are hidden here')],
  ['mode', { type: oneOf(['userspace'], 'userspace or "", since this is the userspace proxy,') }],
  ['iptables', object],
  ['iptables.masqueradeBit', ignored(integer, 'no packet is marked', '14')],
  ['iptables.masqueradeAll', ignored(boolean, ownAddress)],
  // Only false is unusual, although that is Go's zero.
  [
    'iptables.localhostNodePorts',
    {
      type: boolean,
      reason: 'nodePortAddresses says where node ports answer, localhost included',
      usual: ['true'],
    },
  ],
  ['iptables.snatNodeInternalIP', ignored(boolean, ownAddress)],
  ['iptables.syncPeriod', given(duration, 'iptables-sync-period')],
  ['iptables.minSyncPeriod', given(duration, 'iptables-min-sync-period')],
  ['ipvs', object],
  ['ipvs.syncPeriod', ignored(duration, noIPVS, '30s')],
  ['ipvs.minSyncPeriod', ignored(duration, noIPVS, '1s')],
  ['ipvs.scheduler', given(text, 'scheduler')],
  ['ipvs.excludeCIDRs', ignored(texts, noIPVS)],
  ['ipvs.strictARP', ignored(boolean, noIPVS)],
  ['ipvs.tcpTimeout', ignored(duration, noIPVS)],
  ['ipvs.tcpFinTimeout', ignored(duration, noIPVS)],
  ['ipvs.udpTimeout', ignored(duration, noIPVS)],
  ['nftables', object],
  ['nftables.masqueradeBit', ignored(integer, noNftables, '14')],
  ['nftables.masqueradeAll', ignored(boolean, noNftables)],
  ['nftables.syncPeriod', ignored(duration, noNftables, '30s')],
  ['nftables.minSyncPeriod', ignored(duration, noNftables, '1s')],
  ['winkernel', object],
  ['winkernel.networkName', ignored(text, noWindows)],
  ['winkernel.sourceVip', ignored(text, noWindows)],
  ['winkernel.enableDSR', ignored(boolean, noWindows)],
  ['winkernel.rootHnsEndpointName', ignored(text, noWindows)],
  ['winkernel.forwardHealthCheckVip', ignored(boolean, noWindows)],
  [
    'detectLocalMode',
    { type: oneOf(localModes, localModes.join(', ').replace(/, (\w+)$/, ' or $1')) },
  ],
  ['detectLocal', object],
  ['detectLocal.bridgeInterface', ignored(text, noInterfaces)],
  ['detectLocal.interfaceNamePrefix', ignored(text, noInterfaces)],
  ['clusterCIDR', given(text, 'cluster-cidr')],
  ['nodePortAddresses', given(texts, 'nodeport-addresses')],
  ['oomScoreAdj', ignored(integer, 'it is for whoever starts this process to set', '-999')],
  ['conntrack', object],
  ['conntrack.maxPerCore', ignored(integer, noLimits, '32768')],
  ['conntrack.min', ignored(integer, noLimits, '131072')],
  ['conntrack.tcpEstablishedTimeout', ignored(duration, noLimits, '24h')],
  ['conntrack.tcpCloseWaitTimeout', ignored(duration, noLimits, '1h')],
  ['conntrack.tcpBeLiberal', ignored(boolean, noLimits)],
  ['conntrack.udpTimeout', ignored(duration, noLimits)],
  ['conntrack.udpStreamTimeout', ignored(duration, noLimits)],
  ['configSyncPeriod', ignored(duration, 'objects are watched, not asked for again', '15m')],
  ['portRange', given(text, 'proxy-port-range')],
  ['windowsRunAsService', ignored(boolean, noWindows)],
  // No longer known to kube-proxy; files that it wrote have them.
  ['udpIdleTimeout', given(duration, 'udp-timeout')],
  ['conntrack.max', ignored(integer, noLimits)],
  [
    'resourceContainer',
    ignored(text, 'it is for whoever starts this process to set', '/kube-proxy'),
  ],
])
