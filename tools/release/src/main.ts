/** Packs what is published into `dist/` at the root, or into the folder given, and prints the tarballs' paths. */
import { join, resolve } from 'node:path';
import { packCli } from './pack-cli.ts';
import { packEngine } from './pack-engine.ts';
import { root } from './workspace.ts';

const out = resolve(process.argv[2] ?? join(root, 'dist'));
console.log(await packEngine(out));
console.log(await packCli(out));
