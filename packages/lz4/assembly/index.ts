// The module's exports: see `src/codec.ts` for how they are called. Addresses are bytes of the imported memory.

export { compress, tableBytes } from './compress';
export { decompress } from './decompress';
export { xxh32 } from './xxh32';
