/** Where a one-node cluster lives and listens. */
export interface CephNode {
  readonly folder: string
  readonly clusterId: string
  readonly monitorPort: number
  readonly gatewayPort: number
  /** `memstore` keeps objects in memory (4 GiB at most); `bluestore` in a sparse file of the folder. */
  readonly objectStore: 'memstore' | 'bluestore'
}

/**
 * The ceph.conf of one monitor, one OSD without replicas and one S3 gateway, all on loopback. `paxos propose interval`
 * is what makes it quick: each new pool waits for it several times, one second each by default.
 */
export function cephConfig({ folder, clusterId, monitorPort, gatewayPort, objectStore }: CephNode): string {
  const settings = {
    fsid: clusterId,
    'mon host': `[v2:127.0.0.1:${monitorPort}]`,
    'public addr': '127.0.0.1',
    'cluster addr': '127.0.0.1',
    'ms bind msgr1': false,
    'auth allow insecure global id reclaim': false,
    'run dir': folder,
    'crash dir': folder,
    'admin socket': '',
    'log file': `${folder}/$name.log`,
    keyring: `${folder}/keyring`,
    'mon data': `${folder}/mon`,
    'osd data': `${folder}/osd`,
    'osd objectstore': objectStore,
    'memstore device bytes': 4 * 1024 ** 3,
    'bluestore block size': 16 * 1024 ** 3,
    'bluestore block create': true,
    'osd memory target': 939_524_096,
    'osd pool default size': 1,
    'osd pool default min size': 1,
    'osd pool default pg num': 4,
    'osd pool default pgp num': 4,
    'osd pool default pg autoscale mode': 'off',
    'osd crush chooseleaf type': 0,
    'mon allow pool size one': true,
    'mon data avail crit': 1,
    'paxos propose interval': 0.05,
    'rgw frontends': `beast endpoint=127.0.0.1:${gatewayPort}`,
    'rgw thread pool size': 64,
    'rgw dynamic resharding': false,
    'rgw run sync thread': false,
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
  return `[global]\n${lines.join('\n')}\n`
}
