import { commands } from './commands.ts';

/** Every command's class, loaded: what the manifest is made from. */
export const everyCommand = Object.fromEntries(
  await Promise.all(Object.entries(commands).map(async ([id, load]) => [id, await load()] as const)),
);
