import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeCertificates } from '../certificates.ts';
import type { Server, Site } from '../server.ts';

export interface CephServerConfig {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** The same gateway over TLS. */
  readonly tlsEndpoint: string;
  readonly caFile: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** A user whose buckets hold no more than `quotaBytes` each. */
  readonly small: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly quotaBytes: number };
}

/** Monitor, one OSD that keeps everything in memory, and the gateway: the smallest cluster that is one. */
export const cephServer: Server<CephServerConfig> = {
  name: 'ceph',
  summary: 'Ceph with its S3 gateway (radosgw), all in memory',
  needs: [
    { program: 'radosgw', package: 'radosgw' },
    { program: 'radosgw-admin', package: 'radosgw' },
    { program: 'ceph-mon', package: 'ceph-mon' },
    { program: 'ceph-osd', package: 'ceph-osd' },
    { program: 'ceph', package: 'ceph-common' },
    { program: 'openssl', package: 'openssl' },
  ],
  async start(site) {
    const [port, tlsPort, monitorPort] = [await site.freePort(), await site.freePort(), await site.freePort()];
    const { caFile, certificateFile, keyFile } = await makeCertificates(site);
    const config: CephServerConfig = {
      endpoint: `http://127.0.0.1:${port}`,
      tlsEndpoint: `https://127.0.0.1:${tlsPort}`,
      caFile,
      region: 'default',
      accessKeyId: 'HAYLOFT',
      secretAccessKey: 'straw-and-hay',
      small: { accessKeyId: 'SMALL', secretAccessKey: 'straw', quotaBytes: 1024 * 1024 },
    };
    const file = join(site.directory, 'ceph.conf');
    const frontends = `endpoint=127.0.0.1:${port} ssl_endpoint=127.0.0.1:${tlsPort} ssl_certificate=${certificateFile} ssl_private_key=${keyFile}`;
    const cluster = randomUUID();
    await writeFile(file, configuration({ site, cluster, monitorPort, frontends }));
    for (const folder of ['mon', 'osd', 'rgw', 'log']) await mkdir(join(site.directory, folder));
    await startCluster(site, file, cluster, monitorPort);
    // One after the other: the first makes the pools, and two at once would get in each other's way.
    await makeUser(site, file, config, []);
    await makeUser(site, file, config.small, [`--rgw-bucket-default-quota-max-size=${config.small.quotaBytes}`]);
    await site.run('radosgw', ['--conf', file, '--name', 'client.rgw.a', '-f']);
    await site.untilListening(port);
    await site.untilListening(tlsPort);
    return config;
  },
};

async function startCluster(site: Site, file: string, cluster: string, monitorPort: number): Promise<void> {
  const map = join(site.directory, 'monmap');
  await site.call('monmaptool', ['--create', '--fsid', cluster, '--addv', 'a', `[v1:127.0.0.1:${monitorPort}]`, map]);
  await site.call('ceph-mon', ['--conf', file, '--id', 'a', '--mkfs', '--monmap', map]);
  await site.run('ceph-mon', ['--conf', file, '--id', 'a', '-f']);
  await site.untilListening(monitorPort);
  const osd = randomUUID();
  await site.call('ceph', ['--conf', file, 'osd', 'new', osd]);
  await site.call('ceph-osd', ['--conf', file, '--id', '0', '--mkfs', '--osd-uuid', osd]);
  // An OSD that asks before it has the monitor's map dies of a "wrong fsid", one start in four.
  const restart = 'for turn in 1 2 3 4 5; do ceph-osd --conf "$0" --id 0 -f && exit; sleep 0.5; done';
  await site.run('sh', ['-c', restart, file]);
}

async function makeUser(
  site: Site,
  file: string,
  { accessKeyId, secretAccessKey }: { readonly accessKeyId: string; readonly secretAccessKey: string },
  settings: readonly string[],
): Promise<void> {
  const name = accessKeyId.toLowerCase();
  await site.call('radosgw-admin', [
    ...['--conf', file, '--name', 'client.rgw.a', ...settings, 'user', 'create', `--uid=${name}`],
    ...[`--display-name=${name}`, `--access-key=${accessKeyId}`, `--secret-key=${secretAccessKey}`],
  ]);
}

interface ClusterOptions {
  readonly site: Site;
  readonly cluster: string;
  readonly monitorPort: number;
  readonly frontends: string;
}

/** No authentication within, one copy of everything, one placement group a pool: nothing of it has to last. */
const configuration = ({ site: { directory }, cluster, monitorPort, frontends }: ClusterOptions): string => `
[global]
fsid = ${cluster}
mon host = [v1:127.0.0.1:${monitorPort}]
auth cluster required = none
auth service required = none
auth client required = none
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
ms bind msgr2 = false
ms mon client mode = crc
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
mon data avail crit = 1
mon data avail warn = 2
mon osd full ratio = .99
mon osd nearfull ratio = .97
mon osd backfillfull ratio = .98
auth allow insecure global id reclaim = false
run dir = ${directory}
log file = ${directory}/log/$name.log
admin socket = ${directory}/$name.asok
pid file = ${directory}/$name.pid
[mon.a]
host = localhost
mon data = ${directory}/mon
[osd.0]
host = localhost
osd data = ${directory}/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd op num shards = 2
[client.rgw.a]
host = localhost
rgw data = ${directory}/rgw
rgw frontends = beast ${frontends}
rgw enable usage log = false
rgw thread pool size = 32
rgw dns name = localhost
rgw override bucket index max shards = 0
rgw crypt require ssl = false
rgw bucket quota ttl = 0
`;
