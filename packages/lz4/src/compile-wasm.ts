import { readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

const packageFolder = `${import.meta.dirname}/..`;

// Shared memory needs the threads feature; `noAssert` because bounds are checked by the code itself. One page at least,
// any number at most: an importing memory must lie within these limits.
const options = [
  ...['--importMemory', '--sharedMemory', '--enable', 'threads', '--initialMemory', '1', '--maximumMemory', '65536'],
  ...['--optimizeLevel', '3', '--shrinkLevel', '0', '--runtime', 'stub', '--noAssert'],
];

/** Compiles `assembly/` and returns the text of `codec.wasm.generated.ts`. Throws what the compiler complains about. */
export async function compileWasm(): Promise<string> {
  let binary: Uint8Array | undefined;
  const complaints: string[] = [];
  const { error } = await asc.main(['index.ts', ...options, '--outFile', 'codec.wasm'], {
    readFile: (name, folder) => readOrNull(`${packageFolder}/assembly/${folder === '.' ? '' : folder}/${name}`),
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') binary = contents;
    },
    listFiles: () => null,
    stderr: { write: (text) => void complaints.push(text.toString()) },
  });
  if (error !== null || binary === undefined) throw new Error(`assembly/ does not compile:\n${complaints.join('')}`);
  const base64 = Buffer.from(binary).toString('base64');
  return [
    '// Made from assembly/ by `npm run build:wasm`; a test compares. Embedded, so that no file has to be found at run time.',
    `export const codecWasm =\n  '${base64}';`,
    '',
  ].join('\n');
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null; // the compiler asks for every place where a module might be
  }
}

if (import.meta.main) writeFileSync(`${packageFolder}/src/codec.wasm.generated.ts`, await compileWasm());
