/** What stands for a dot at the end of a name, which Windows would drop. Linux maps it so when it mounts a share. */
const lastDot = '\uf029';

/** The name on the wire of `path`, absolute within the store's folder `folder`, which is relative to the share. */
export function toSharePath(folder: string, path: string): string {
  return `${folder}/${path}`
    .split('/')
    .filter((part) => part !== '')
    .map((part) => part.replace(/\.$/, lastDot))
    .join('\\');
}

/** An entry's name as keys have it. */
export function fromShareName(name: string): string {
  return name.replace(/\uf029$/, '.');
}
