/**
 * What the demo says, in Simplified Chinese.
 */
import type { DemoMessages } from './en.ts'

export const zhCN: DemoMessages = {
  levelLoopback: 'loopback（代理是真实的，内核规则是模拟的）',
  levelRootless: 'rootless（真实的 Linux 规则，不需要 root）',
  levelRoot: 'root（真实的 Linux 规则，在单独的命名空间里）',
  levelLine: '级别：{level}；{seconds} 秒就绪',
  why: '原因：',
  tryThis: '可以试：',
  labNetwork: '实验环境：client {client}，node {node}，{pods}',
  labLoopback: '实验环境：client {client}，{pods}，都在本机',
  service: 'Service default/web  ClusterIP {clusterIP}:{port}/TCP  endpoints {usable}/{total} 就绪',

  titleClusterIP: 'ClusterIP 到底在哪里？',
  titleUserspace: 'Kubernetes 1.0 是怎么做的？userspace 模式',
  titleIptables: '1.2 以后又是怎么做的？iptables 模式',
  titleDeadPod: '一个 Pod 死了，Endpoint 列表还不知道。谁会发现？',
  titleOpenConnection: '连接还开着，Pod 却离开了 Service。会怎样？',
  titleCost: '在这台机器上，每种模式的代价是多少？',
  titleNext: '接下来',

  because: '为什么：',
  noRuleYet: '{outcome}（还没有任何规则）',
  rulesLoaded: '现在装入 iptables 模式的规则：',
  wrongPort: '{outcome}（不是 Service 的端口）',
  clusterIPModel: '在模型里，没有主机拥有这个地址，也没有进程在上面监听',
  becauseClusterIP:
    '没有谁拥有这个地址。没有网卡配置它，也没有进程监听它：节点上的规则在数据包经过时改写它，而且只针对 Service 的端口。所以 ping 它也是徒劳的。',

  rulesOf: '规则：共 {all} 条，属于这个 Service 的 {own} 条；显示时省略注释',
  noRules: '规则：没有。代理直接监听 ClusterIP',
  requests: '{count} 个请求：{pods}   {counts}',
  seenNode: 'Pod 看到的客户端：{address}（节点；你自己的地址不见了）',
  seenClient: 'Pod 看到的客户端：{address}（你自己的地址）',
  seenUnknown: 'Pod 看到的客户端：{address}',
  becauseUserspace:
    '你的连接终止在节点上的一个进程里，它再向 Pod 打开第二条连接。它按顺序轮流选择 Pod，而 Pod 看到的是这个进程，不是你。',

  dice: '掷骰子：{probabilities}，剩下的给最后一个',
  band: '只凭运气：每个 Pod 得到 {low} 到 {high} 个都属平常；{percent} % 的运行比这次更不均匀',
  traced: '从 {source} 到 {dialled} 的一个数据包：经过 {chains}，被引到 {led}',
  becauseIptables:
    '内核为每条连接的第一个数据包掷骰子，并改写它的目的地址。没有第二条连接，所以 Pod 看到的是你；也没有轮流，所以请求少的时候分布不均匀。',

  deadPod: '杀死 {pod} 的进程；它的 Endpoint 仍在列表里，仍是就绪',
  deadPodRow: '{mode} {requests} 个请求 {ok} 成功 {refused} 被拒绝 {retried} 重试',
  deadPodOther: '{mode}：{other} 个以其他方式结束',
  deadPodBand: '掷骰子时，{requests} 个里失败 {low} 到 {high} 个都属平常，也就是三分之一',
  becauseDeadPod:
    '内核只改写一次地址，之后再没有谁能发现连接被拒绝。自己去拨号的进程会发现：它换下一个 Pod，并且绕开死掉的那个，直到它重新应答。所以重试的次数这么少。',

  open: '开着的连接：{pods}',
  endpointGone: '把 {pod} 从 Endpoint 列表里去掉',
  openStill: '开着的连接：{pods}    新连接：{others}',
  podKilled: '杀死 {pod} 的进程',
  openEnd: '开着的连接：{end}',
  becauseOpenConnection:
    '规则和负载均衡只为第一个数据包做选择。已经打开的连接会继续下去，靠的是连接跟踪（conntrack）的记忆，或者持有它的进程，直到某一端关闭它：要离开的 Pod 因此有时间收尾。',

  costHeader: '模式|新建连接|已开连接|大流量|由谁选择',
  costRounds: '{rounds} 轮交错测量的中位数；= 表示与 direct 看不出差别',
  costLoad: '负载 {load}，{cpus} 个 CPU',
  costBusy: '这台机器还在忙别的：数字的参考价值打折扣',
  costInvalid: '{mode}：作废的轮次：{reasons}',
  choosesDirect: '客户端，轮流',
  choosesProxy: '代理，轮流',
  choosesKernel: '内核，骰子',
  choosesIpvs: '内核，rr',
  becauseCost:
    'userspace 的每条新连接都要再付出一条连接，每个字节也要多进出一次用户空间；规则对每条连接只查一次。客户端、代理和 Pod 共用这台机器的 CPU：这里的比例是笔记本的，不是集群的。',

  nextHello: '只有代理，就在本机',
  nextLab: '同一个实验环境的网页版',
  nextCourse: '十个实验，一个接一个',
  nextRender: '每种模式的规则',
  nextRun: '为你的 Service 提供服务',

  outcomeOk: '有应答',
  outcomeRefused: '被拒绝',
  outcomeTimeout: '超时',
  outcomeUnreachable: '不可达',
  outcomeClosed: '已关闭',

  skipped: '跳过：{part}：这里做不到（{reason}）',
  failed: '失败：{message}',
  summary: '{scenes}，{failed} 个失败，{skipped}。{seconds} 秒',
  scenesOne: '1 个场景',
  scenesMany: '{count} 个场景',
  skippedNone: '没有跳过',
  skippedParts: '跳过：{parts}',
  pressEnter: '按 Enter 继续',
}
