/**
 * A URL that went through JSON or a shell may have `\u0026`, or what a shell leaves of it, where `&` should be. Longhorn
 * replaces both before it reads a URL; a bare `u0026` counts here only where a backup's name follows, since a folder may
 * be called so.
 */
export function unescapeAmpersands(text: string): string {
  return text.replaceAll('\\u0026', '&').replace(/(\?.*)u0026(?=backingImage=)/su, '$1&');
}

/** The pairs of a query as written, with their key decoded. */
export function splitQuery(query: string): readonly { readonly key: string; readonly pair: string }[] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => ({ key: decodePart(pair.split('=', 1)[0]!), pair }));
}

/** Values by key, in order. */
export function parseQuery(query: string): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const { key, pair } of splitQuery(query)) {
    values.set(key, [...(values.get(key) ?? []), valueOf(pair)]);
  }
  return values;
}

export function valueOf(pair: string): string {
  const equals = pair.indexOf('=');
  return equals < 0 ? '' : decodePart(pair.slice(equals + 1));
}

/** A part that is not well escaped stays as it is: it is the driver's to refuse. */
function decodePart(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
