import { buildLonghornPeer } from './build-longhorn-peer.ts';

console.log(await buildLonghornPeer());
