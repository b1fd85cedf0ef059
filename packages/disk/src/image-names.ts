import { BackupError } from '@hayloft/engine';

/** Longhorn's rule for the name of an image, and the length beyond which it makes no backup of one. */
const namePattern = /^[a-z0-9][a-z0-9_.-]+$/;
const nameLengthMax = 64;

/** `USAGE_INVALID` for a name that Longhorn would refuse: it also keeps paths inside the disk. */
export function checkImageName(name: string): void {
  if (namePattern.test(name) && name.length <= nameLengthMax) return;
  throw new BackupError('USAGE_INVALID', `${JSON.stringify(name.slice(0, 100))} cannot be the name of an image`, {
    remedy: `Use 2 to ${nameLengthMax} of a-z, 0-9, "_", "." and "-", and begin with a letter or a digit.`,
  });
}

/** An image's folder is `<name>-<uuid>`, and a name may contain dashes of its own. */
export function parseImageFolder(folder: string): { readonly name: string; readonly uuid: string } | undefined {
  const match = /^([a-z0-9][a-z0-9_.-]+)-([0-9a-f]{8})$/.exec(folder);
  return match === null ? undefined : { name: match[1]!, uuid: match[2]! };
}

export function imageNotFound(name: string, existing: readonly string[]): BackupError {
  const near = existing.filter((each) => distance(each, name) <= Math.max(2, name.length / 3)).slice(0, 3);
  return new BackupError('IMAGE_NOT_FOUND', `there is no image "${name}" on this disk`, {
    remedy:
      near.length > 0
        ? `Did you mean ${near.map((each) => `"${each}"`).join(' or ')}?`
        : 'Run "hayloft image list" to see the images that are there.',
  });
}

/** Letters to insert, remove or replace to make one word of the other. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
