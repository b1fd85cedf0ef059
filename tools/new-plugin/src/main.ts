/** Writes a plugin of one's own: `npm run new:plugin -- NAME [--in FOLDER] [--engine VERSION]`. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pluginNames } from './plugin-names.ts';
import { writePlugin } from './write-plugin.ts';

const usage = `usage: npm run new:plugin -- NAME [--in FOLDER] [--engine VERSION]

  NAME               of the package: hayloft-swift or @acme/hayloft-swift; "swift" then selects the store
  --in FOLDER        where its folder is made, outside this repository; beside it if not given
  --engine VERSION   a published version of @hayloft/engine; if not given, this repository's is packed into the plugin
`;

const root = join(import.meta.dirname, '../../..');
/** npm runs scripts in the repository, wherever it was called. */
const workingDirectory = process.env['INIT_CWD'] ?? process.cwd();

async function main(args: string[]): Promise<void> {
  const options = { in: { type: 'string' }, engine: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new Error('exactly one NAME is wanted');
  const names = pluginNames(name);
  const folder = join(values.in === undefined ? join(root, '..') : resolve(workingDirectory, values.in), names.folder);
  await writePlugin(names, { folder, engineVersion: values.engine });
  console.log(`Wrote the plugin ${names.packageName} to ${folder}: a store in a SQLite file, to be replaced by yours.

  cd ${folder}
  export PATH=${join(root, 'node_modules/.bin')}:$PATH   # where your own Node is older than 24
  npm install && npm test && npm pack

Its README says how it is used from hayloft.`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`${Error.isError(error) ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 2;
}
