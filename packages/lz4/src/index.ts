export { createLz4Codec, lz4ReservedBytes, lz4TableBytes, type Lz4Codec } from './codec.ts';
export { decodeFrame, encodeFrame } from './frame.ts';
export { frameCapacity, unpackSingleBlockFrame, writeFrame, type FramePlace } from './frame-in-place.ts';
