/**
 * publishedFigures: what others have measured, with date and source, to stand beside what this machine has shown. They
 * are old, of other hardware, and do not always agree.
 */

export interface PublishedFigures {
  readonly newConnection: string
  readonly bulk: string
  readonly rules: string
  readonly balancing: string
  readonly deadPod: string
  readonly seenClient: string
  readonly openAfterRemoval: string
  /** About scale, a line for each. */
  readonly scale: readonly string[]
}

export const publishedFigures: PublishedFigures = Object.freeze({
  newConnection: '',
  bulk: 'pod to pod 100 %, Go userspace proxy 36 %, iptables 96 % (E. Paris, 2015-11-11, kubernetes PR 16344, no error bars)',
  rules: '1,152 Services: 9,508 saved lines, userspace (2015, kubernetes issue 14099)',
  balancing: 'userspace round robin, iptables and nftables random (kubernetes.io, Virtual IPs)',
  deadPod: 'retried by userspace, fails in iptables mode (kubernetes.io, Virtual IPs)',
  seenClient: 'kept by iptables, lost by userspace (kubernetes.io, Using Source IP)',
  openAfterRemoval: 'goes on: conntrack has it (kubernetes issue 100698, 2021)',
  scale: Object.freeze([
    'userspace, 2016: about 50 ms for each call of iptables, 40 s for 800 rules (kubernetes issue 20479)',
    'iptables against ipvs, 2017: hours against 2 ms for a change (kubernetes issue 44063)',
    'iptables, 2020: 696,000 lines take 12.8 s, and end in an error (kubernetes issue 96018)',
    'nftables, 2025: the first packet costs the same with any number of Services, and more with each in iptables mode (kubernetes.io blog, 2025-02-28)',
    'nftables, 250,000 endpoints: 13 min 15 s on Linux 6.1 (kubernetes issue 135639, 2025), 2 min 12 s on 6.12 (guessi/kube-proxy-benchmark, no date)',
  ]),
})

/** What became of each mode, as of 2025. */
export const upstreamStatus = Object.freeze({
  direct: 'no mode',
  userspace: 'the first; removed in 1.26 (2022)',
  anyip: "this project's own",
  iptables: 'default since 1.2 (2016)',
  nftables: 'stable since 1.33 (2025)',
  ipvs: 'deprecated in 1.35 (KEP-5495, 2025)',
})
