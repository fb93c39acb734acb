/**
 * loadKubeConfig: the KubeConfig of client-node, from a kubeconfig file or the service account of a pod.
 *
 * The only file that imports @kubernetes/client-node as a value, and only when it is called: that costs half a second and
 * 130 MB, which those without a cluster need not pay.
 */
import { access } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { KubeConfig } from '@kubernetes/client-node'
import { ProxyError } from '../errors.ts'
import { readKubeconfig } from './kubeconfig.ts'

const tokenFile = '/var/run/secrets/kubernetes.io/serviceaccount/token'

export interface KubeConfigPlace {
  /** Path of a kubeconfig file. Without one, the service account of the pod is used. */
  readonly kubeconfig?: string | undefined
  /** A context of that file. Default: its current one. */
  readonly context?: string | undefined
  /** Stands before the paths of the service account. Default `''`. For tests. */
  readonly serviceAccountRoot?: string | undefined
}

/**
 * Returns a KubeConfig whose current cluster has a server.
 *
 * @throws {ProxyError} ERR_SOURCE naming what is wrong and what would be right
 */
export async function loadKubeConfig(place: KubeConfigPlace): Promise<KubeConfig> {
  const { kubeconfig, context, serviceAccountRoot = '' } = place
  const contents = kubeconfig === undefined ? undefined : await readKubeconfig(kubeconfig, context)
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  if (kubeconfig === undefined) {
    config.loadFromCluster(serviceAccountRoot)
    await checkServiceAccount(config, serviceAccountRoot)
  } else {
    config.loadFromString(JSON.stringify(contents))
    config.makePathsAbsolute(dirname(resolve(kubeconfig)))
  }
  for (const cluster of config.getClusters()) {
    // It means nothing to http://, but client-node wants it said.
    if (cluster.server.startsWith('http:')) Object.assign(cluster, { skipTLSVerify: true })
  }
  return config
}

async function checkServiceAccount(config: KubeConfig, root: string): Promise<void> {
  if (!config.getClusters().every(({ server }) => URL.canParse(server))) {
    const what = 'KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set'
    const right = 'a pod of a cluster, or a kubeconfig, would be right'
    throw new ProxyError('ERR_SOURCE', `${what}; ${right}`)
  }
  const path = root + tokenFile
  await access(path).catch((cause: NodeJS.ErrnoException) => {
    const right =
      'a pod whose service account has automountServiceAccountToken: true would be right'
    throw new ProxyError('ERR_SOURCE', `${path} cannot be read (${cause.code}); ${right}`, {
      cause,
    })
  })
}
