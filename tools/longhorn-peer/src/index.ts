export { buildImage, imageShapes, type ImageShape } from './image-shapes.ts';
export { buildLonghornPeer, peerUnavailable } from './build-longhorn-peer.ts';
export { runLonghornPeer, type PeerResult } from './run-longhorn-peer.ts';
