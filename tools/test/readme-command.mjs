/**
 * Prints the one command that stands in the one fenced block under a heading of a README; plain JavaScript for any Node,
 * as it runs before anything is installed.
 *
 *     node tools/test/readme-command.mjs README.md 'Test it'
 *
 * Fails when the section, the block or the command is missing or not alone: what people copy is what is checked.
 */
import { existsSync, readFileSync } from 'node:fs';

const [path, heading] = process.argv.slice(2);
if (path === undefined || heading === undefined) fail('usage: readme-command.mjs FILE HEADING');
if (!existsSync(path)) fail(`${path} is not there`);

const lines = readFileSync(path, 'utf8').split('\n');
const sections = lines.flatMap((line, index) => (line.trim() === `## ${heading}` ? [index] : []));
if (sections.length !== 1) fail(`${path} has ${sections.length} headings "## ${heading}" and needs exactly one`);

const blocks = fencedBlocks(lines.slice(sections[0] + 1));
if (blocks.length !== 1) fail(`"## ${heading}" in ${path} has ${blocks.length} fenced blocks and needs exactly one`);

const commands = blocks[0]
  .join('\n')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line.trim() !== '');
if (commands.length !== 1) {
  fail(`the block under "## ${heading}" in ${path} has ${commands.length} commands and needs exactly one`);
}
console.log(commands[0]);

/** The fenced blocks up to the next heading of the first or second level. */
function fencedBlocks(section) {
  const found = [];
  let open;
  for (const line of section) {
    if (open === undefined && /^##? /.test(line)) break;
    if (!/^\s*```/.test(line)) open?.push(line);
    else if (open === undefined) open = [];
    else {
      found.push(open);
      open = undefined;
    }
  }
  if (open !== undefined) fail(`a fenced block under "## ${heading}" in ${path} is never closed`);
  return found;
}

function fail(reason) {
  console.error(`readme-command: ${reason}`);
  process.exit(1);
}
