import { debianSource } from './debian-source.ts';

/** The first libnfs that can write over NFSv4; Debian 12 has 4.0. */
export const libnfs5 = debianSource({
  name: 'libnfs',
  version: '5.0.2',
  sha256: '637e56643b19da9fba98f06847788c4dad308b723156a64748041035dcdf9bd3',
  file: 'lib/libnfs.so',
});
