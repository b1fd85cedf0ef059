/**
 * What `href` names below the root, decoded, with the slash at its end if it has one; '' for the root. Undefined for
 * what is not below it. Scheme and host do not matter: a server behind a proxy may know itself by other names.
 */
export function relativePath(root: URL, href: string): string | undefined {
  // Not by the URL class: a sloppy server writes "a#b" or "a?b" as it is, and that must not become "a".
  const path = decode(href.replace(/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/]*/, ''));
  const start = decode(root.pathname);
  if (path.startsWith(start)) return path.slice(start.length);
  return `${path}/` === start ? '' : undefined;
}

export const withoutSlash = (path: string): string => (path.endsWith('/') ? path.slice(0, -1) : path);

/** Part by part: `%2f` must not become a slash. A part that cannot be decoded stays as it is; no key is written so. */
function decode(path: string): string {
  return path
    .replaceAll(/\/{2,}/g, '/')
    .split('/')
    .map((part) => {
      try {
        const decoded = decodeURIComponent(part);
        return decoded.includes('/') ? part : decoded;
      } catch {
        return part;
      }
    })
    .join('/');
}
