/**
 * explainFailure: why there can be no lab in namespaces, from what a probe has come to, and what would help.
 */

export interface ProbeFailure {
  /** What of the namespaces was there: `''`: not even they. */
  readonly reached: string
  readonly said: string
}

export interface Lack {
  /** As a part of a sentence. */
  readonly why: string
  /** A command; '' where nothing helps. */
  readonly help: string
}

interface Surroundings {
  readonly uid: number | undefined
  readonly readSetting: (path: string) => Promise<string | undefined>
}

/** What the kernel calls the switches that distributions use against namespaces of users, and their right values. */
const switches: readonly (readonly [path: string, wrong: string, right: string])[] = [
  ['kernel/apparmor_restrict_unprivileged_userns', '1', '0'],
  ['kernel/unprivileged_userns_clone', '0', '1'],
  ['user/max_user_namespaces', '0', '10000'],
  ['user/max_net_namespaces', '0', '10000'],
]

export async function explainFailure(
  { reached, said }: ProbeFailure,
  { uid, readSetting }: Surroundings,
): Promise<Lack> {
  if (said.includes('unshare is not installed')) {
    return { why: said, help: 'install the package util-linux' }
  }
  if (reached === 'mount' && said.includes('not found')) {
    return { why: 'ip is not installed', help: 'install the package iproute2' }
  }
  if (reached === 'node') {
    return { why: 'neither iptables nor nft can be used', help: 'install the package iptables' }
  }
  if (reached === 'ip') return { why: `Node cannot be run in namespaces: ${said}`, help: '' }
  for (const [path, wrong, right] of switches) {
    if ((await readSetting(`/proc/sys/${path}`))?.trim() !== wrong) continue
    const name = path.replace('/', '.')
    const why = `namespaces of users are blocked (${name}=${wrong})`
    return { why, help: `sudo sysctl -w ${name}=${right}, or as root` }
  }
  const why = `no namespaces can be made: ${said}`
  return { why, help: uid === 0 ? 'a container that may unshare (--privileged)' : 'as root' }
}
