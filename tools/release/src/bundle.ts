import { basename, dirname, join } from 'node:path';
import { rolldown, type Plugin } from 'rolldown';

/** Where a thread's file stands beside its caller: `new URL(… ? './thread.ts' : './thread.js', import.meta.url)`. */
const threadPattern = /'\.\/([\w-]+)\.ts' : '\.\/\1\.js', import\.meta\.url/g;

/**
 * Bundles a program and its threads into one folder of JavaScript modules. What the program imports lazily becomes a file
 * of its own and is read when it is needed; `external` packages stay imports.
 */
export async function bundle(main: string, out: string, external: readonly string[]): Promise<void> {
  const bundled = await rolldown({
    input: { main },
    platform: 'node',
    external: [...external],
    plugins: [emitThreads()],
    onLog(_level, log) {
      throw new Error(`bundling ${main}: ${log.message}`);
    },
  });
  try {
    // Flat, because what stands beside a module in the source is looked for beside its bundle.
    await bundled.write({ dir: out, format: 'esm', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' });
  } finally {
    await bundled.close();
  }
}

/** A thread's file is not imported by anybody: it becomes an entry of its own where its URL is met. */
function emitThreads(): Plugin {
  const threads = new Map<string, string>();
  return {
    name: 'emit-threads',
    transform(code, id) {
      for (const [, name = ''] of code.matchAll(threadPattern)) {
        const file = join(dirname(id), `${name}.ts`);
        const other = threads.get(name) ?? (name === 'main' ? 'the program itself' : file);
        if (other !== file)
          throw new Error(`${file} and ${other} would both be ${basename(name)}.js: rename one of them`);
        if (threads.has(name)) continue;
        threads.set(name, file);
        this.emitFile({ type: 'chunk', id: file, fileName: `${name}.js` });
      }
    },
  };
}
