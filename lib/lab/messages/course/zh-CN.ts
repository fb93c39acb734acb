/**
 * The course in Simplified Chinese.
 */
import type { CourseText } from './course-text.ts'

export const zhCN: CourseText = {
  words: {
    course: '十个实验',
    run: '运行其中一个：',
    question: '问题',
    guess: '先猜一猜',
    command: '命令',
    see: '你会看到',
    right: '正确的是 {letter}',
    why: '为什么',
    said: '文章里说',
    saw: '你看到的',
    next: '接着试',
    skipped: '跳过：{part}：这里做不到（{reason}）',
    mode: '模式 {mode}',
    titled: '{title}：{text}',
    paragraph: '**{title}**：{text}',
    prompt: 'a、b 还是 c？ ',
    generated: '本页的输出是实际运行得到的。你运行时数字会不同，样子是一样的。',
  },
  outcomes: {
    ok: '有应答',
    refused: '被拒绝',
    timeout: '超时',
    unreachable: '不可达',
    closed: '已关闭',
  },
  seen: {
    counted: '$ {command}：{found}',
    asked: '$ {command}：{outcome}',
    rule: '{rule}',
    noRule: '没有规则：代理直接监听 ClusterIP',
    order: '{count} 个新请求，依次应答的是：{order}',
    split:
      '{count} 个请求：{counts}。只凭运气每个 {low} 到 {high}；{percent} % 的运行比这次更不均匀',
    outcomes: '{count} 个请求：{ok} 有应答，{refused} 被拒绝，{rest} 没有应答，{retried} 重试过',
    slowest: '最慢的应答用了 {ms} 毫秒',
    sawClient: '{pod} 看到 {address}：就是客户端',
    sawNode: '{pod} 看到 {address}：是节点',
    sawUnknown: '{pod} 看到 {address}',
    noAnswer: '没有应答：{outcome}',
    connections: '连接数：{connections}；在内核与程序之间穿越的次数：{crossings}',
    ruleCounts: '规则：共 {all} 条，属于这个 Service 的 {own} 条；第一个数据包要经过 {walked} 条',
    path: '路径：{chains}',
    podKilled: '杀死 {pod} 的进程，它仍在列表里，仍是就绪',
    podUnplugged: '拔掉 {pod} 的网线：那里再没有任何应答',
    affinityOn: 'sessionAffinity: ClientIP（会话亲和）',
    affinityOff: 'sessionAffinity: None',
    keptAlive: '同一条连接上的 {count} 个请求，应答的是：{pods}',
    headless: 'headless：名字对应 {addresses} 这些地址，由客户端选择',
    opened: '一个 {protocol} 客户端连着 {pod}',
    endpointGone: '把 {pod} 从 Endpoint 列表里去掉',
    stillOpen: '原来的 {protocol} 客户端：{outcome} {pod}',
    afterKill: '杀死 {pod} 的进程；原来的 {protocol} 客户端：{outcome}',
    byClusterIP: '经 ClusterIP，来自一个 Pod：',
    byNodePort: '经 NodePort，来自集群外：',
    byItself: '经 ClusterIP，{pod} 被引回自己：',
    notReady: '{pod} 不再就绪',
    noneReady: '没有一个 Pod 就绪',
    readyAgain: '全部重新就绪',
    scale:
      '另有 {services} 个 Service：{rules} 条规则，第一个数据包经过 {walked} 条；装入用了 {ms} 毫秒',
    scaleOfModel: '另有 {services} 个 Service：{rules} 条规则，第一个数据包经过 {walked} 条',
  },
  experiments: {
    'where-is-a-clusterip': {
      title: 'ClusterIP 在哪里？',
      question:
        '一个 Service 的 ClusterIP 是 10.96.0.10，有三个健康的 Pod。这个地址在节点的哪个网卡上，由谁监听？',
      choices: [
        '在 kube-proxy 的虚拟网卡上，由它监听',
        '不在任何网卡上，也没有谁监听',
        '在第一个 Pod 的网卡上',
      ],
      answer: 1,
      why: '这个地址只存在于规则里。规则同时匹配协议、地址和端口，在路由之前改写数据包。凡是匹配不上的，别的端口也好，ping 也好，都按一个没有主人的地址处理。',
      errata: [
        [
          'ping 一下 ClusterIP，看 Service 是否正常。',
          '只有 Service 的端口会被改写。ipvs 模式里曾经可以 ping 通，新版本也把它过滤掉了。',
        ],
        ['kube-proxy 监听 ClusterIP。', '没有套接字在上面监听，它照样有应答。'],
      ],
      next: '到规则里去找这个地址：`userspace-proxy course 3`。',
    },
    'what-1-0-did': {
      title: 'Kubernetes 1.0 是怎么做的？',
      question:
        'userspace 模式里由一个进程搬运流量。依次发十二个请求：谁来应答，Pod 看到的客户端是谁？',
      choices: [
        'Pod 轮流应答；看到的是节点',
        'Pod 随机应答；看到的是客户端',
        '总是同一个 Pod；看到的是客户端',
      ],
      answer: 0,
      why: '一条规则把数据包引到节点上的一个进程。客户端的连接在这里终止；进程选出轮到的 Pod，再打开第二条连接。Pod 看到的是打开这条连接的一方。',
      errata: [
        [
          '代理把流量送回 Service IP，再经过一次 iptables。',
          '代理自己去连接 Pod：两条连接，没有一条回到 ClusterIP。',
        ],
        [
          'iptables 把 ClusterIP 转发给 kube-proxy。',
          '只有 userspace 模式如此，而它在 1.26 中被移除。其他模式里 kube-proxy 不搬运任何流量。',
        ],
      ],
      next: '看看它的代价：`userspace-proxy demo --scene 6`。',
    },
    'reading-iptables-save': {
      title: 'iptables-save 在说什么？',
      question: '三个 Pod 要各得三分之一的连接。规则里依次写着怎样的概率？',
      choices: ['1/3，1/3，1/3', '1/3，1/2，最后一个没有', '1/2，1/3，1/6'],
      answer: 1,
      why: '规则是逐条询问的。第一条取走三分之一；第二条只看得到剩下的三分之二，取走其中一半；余下的归最后一条，它不需要掷骰子。链的名字是由命名空间、名字、端口和协议算出的哈希，所以同一个 Service 在每个节点上名字相同。',
      errata: [
        ['iptables 模式只能全量重写规则。', '从 1.26 和 1.28 起只写有变化的部分。'],
        [
          '连接记录在 raw 表里。',
          '连接跟踪（conntrack）是单独的钩子；raw 表是可以关掉跟踪的地方。',
        ],
      ],
      next: '换成你自己的 Service：`userspace-proxy render --mode iptables -f FILE`。',
    },
    'random-or-in-turn': {
      title: '随机，还是轮流？',
      question: 'iptables 模式里，24 个请求发给三个 Pod。会怎样分布？',
      choices: [
        '正好各八个',
        '大约各八个，但十二个或四个也不稀奇',
        '都给第一个 Pod，直到它忙不过来',
      ],
      answer: 1,
      why: '内核为每条连接掷骰子，什么也不记。掷得少就不均匀，掷得多就均匀：比较 24 和 3000。进程会轮流，ipvs 的 rr 调度也会，不过每个节点各轮各的。',
      errata: [
        ['iptables 模式是轮询（round robin）。', '是随机：看看顺序就知道。'],
        [
          '1.11（或 1.14）起 IPVS 成为默认。',
          '从来不是。Linux 上从 1.2 起默认是 iptables；ipvs 在 1.11 稳定，nftables 在 1.33 稳定，而 ipvs 从 1.35 起被弃用。',
        ],
      ],
      next: '你得到的分布不寻常吗？百分比告诉你只凭运气有多少次更不均匀。',
    },
    'who-retries': {
      title: '谁会重试？',
      question:
        '三个 Pod 死了一个，却仍被列为就绪。300 个请求里，iptables 模式失败多少，userspace 模式失败多少？',
      choices: ['大约 100，大约 100', '没有，大约 100', '大约 100，没有'],
      answer: 2,
      why: '规则只改写一次地址，没有谁等着看结果。自己去连接的进程看得到拒绝，而客户端还什么都没察觉：它换下一个 Pod，此后绕开死掉的那个。完全没有应答的 Pod 只让它多花一次拨号的时间，250 毫秒。',
      errata: [
        ['userspace 模式更慢，没有任何优点。', '它更慢，也是唯一会重试的。'],
        ['Kubernetes 会替你重试。', '起作用的只有就绪状态：在 Endpoint 被去掉之前，请求会失败。'],
      ],
      next: '亲手杀死 Pod：`userspace-proxy lab --open`。',
    },
    'open-connections': {
      title: '为什么开着的连接活下来了？',
      question: '到某个 Pod 的连接还开着，这个 Pod 离开了 Service。连接会怎样？',
      choices: ['立刻被关闭', '转到另一个 Pod', '继续下去，直到某一端关闭它'],
      answer: 2,
      why: '选择只为第一个数据包做一次。之后由连接跟踪（conntrack）或搬运连接的进程记住去向。对 TCP，这随连接结束。UDP 没有结束：如果没有谁删除这条记录，一直使用同一端口的客户端会一直连着已经离开的 Pod，所以 kube-proxy 会删除它。',
      errata: [
        ['Pod 离开 Service，连接就断了。', '连接还在，Pod 因此有时间收尾。'],
        ['规则决定每一个数据包。', '只决定每条连接的第一个。'],
      ],
      next: '与新连接的重试相比较：`userspace-proxy course 5`。',
    },
    'who-am-i-to-the-pod': {
      title: '对 Pod 来说我是谁？',
      question:
        'iptables 模式里，集群中的一个 Pod 通过 ClusterIP 发出请求。应答的 Pod 看到哪个地址？',
      choices: ['ClusterIP', '发出请求的 Pod 的地址', '节点的地址'],
      answer: 1,
      why: '目的地址转换（DNAT）改写的是去向，不是来源。从 NodePort 进来的会做地址伪装（masquerade），因为应答必须从同一个节点回去。被引回自己的 Pod 也会：否则它会绕过节点直接回答自己的地址。代理打开的是它自己的连接，所以客户端永远是它。',
      errata: [
        [
          'NodePort：kube-proxy 打开一个端口，用 lsof 可以看到。',
          '2022 年之前如此。现在只有规则，没有套接字在监听。',
        ],
        ['Service 会隐藏客户端的地址。', '要看从哪里进来，以及是哪种模式。'],
      ],
      next: '起作用的规则是 KUBE-MARK-MASQ：`userspace-proxy render --mode iptables -f FILE`。',
    },
    'sticky-headless-or-neither': {
      title: '会话亲和、headless，还是都不要？',
      question:
        '一个 gRPC 客户端保持一条连接，向有三个 Pod 的 Service 发 30 个请求。有几个 Pod 收到？',
      choices: ['三个，各十个请求', '一个', '两个：每个方向一个'],
      answer: 1,
      why: '选择在打开连接时做出，之后不再做。会话亲和改为对每个客户端地址只选一次。headless Service 根本不选：它的名字对应所有 Pod 的地址，由客户端自己挑一个。',
      errata: [
        ['Service 分发请求。', '它分发的是连接。'],
        ['会话亲和认得用户。', '它认得的是地址，而在 NAT 后面，所有人是同一个地址。'],
      ],
      next: '切换模式时观察它：`userspace-proxy lab --open`。',
    },
    'ready-or-not': {
      title: '就绪，还是没有就绪',
      question: '三个 Pod 都在运行，但没有一个就绪。客户端会得到什么？',
      choices: ['Pod 会应答：它们在运行', '立刻被拒绝', '一直等到有一个就绪'],
      answer: 1,
      why: 'Endpoint 来自 API：没有就绪的立刻从规则里去掉，尽管进程还在运行。一个都不剩时，有一条规则负责拒绝，免得白等。如果根本没有规则，客户端只能等到没有耐心为止：见实验 1。',
      errata: [
        [
          'apiVersion: discovery.k8s.io/v1beta1，kind: Endpoint',
          'discovery.k8s.io/v1 里是 EndpointSlice；旧的那种叫 Endpoints。',
        ],
        ['用 topologyKeys 让流量就近。', '它已经没有了；现在用 trafficDistribution。'],
        [
          'metadata.name: svc-clusterIP',
          '名字里不能有大写字母：`userspace-proxy validate` 会指出来。',
        ],
      ],
      next: '问一问某个 Pod 为什么没有流量：`userspace-proxy explain NAMESPACE/NAME:PORT`。',
    },
    'a-thousand-services': {
      title: '如果有一千个 Service？',
      question:
        '另有 1,000 个 Service，你的排在最后。iptables 模式里，一条连接的第一个数据包要经过多少条规则？',
      choices: ['和没有它们时一样多', '大约 2,000', '大约 20,000'],
      answer: 1,
      why: 'KUBE-SERVICES 是一个列表，每个 Service 有两条规则，数据包逐条走下去，直到匹配为止。nftables 和 ipvs 则是查表，数量多少都一样快。userspace 模式的重定向也是一个列表；这里你的排在最前，因为它最先加入。这一切都只针对第一个数据包。',
      errata: [
        [
          '用 iptables 时每个数据包都要走完所有规则。',
          '只有连接的第一个。其余的 conntrack 都认得。',
        ],
        ['有上千个 Service 就该用 ipvs。', 'nftables 同样是查表，而 ipvs 从 1.35 起被弃用。'],
      ],
      next: '换算成微秒是多少：`userspace-proxy bench`。',
    },
  },
}
