/** One way to authenticate that a server offers, `Digest realm="x", nonce="y"` taken apart. */
export interface Challenge {
  /** Lower case. */
  readonly scheme: string;
  /** By lower-case name, quotes taken off. */
  readonly parameters: ReadonlyMap<string, string>;
}

const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const value = /\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/y;
const token68 = /[ \t]+[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$))/y;
const separators = /[\s,]*/y;

/**
 * Reads `WWW-Authenticate`: any number of challenges in one header (RFC 9110, 11.6.1). What cannot be read ends the
 * list: the challenges before it stand.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  for (;;) {
    take(separators);
    const name = take(token)?.[0].toLowerCase();
    if (name === undefined) return challenges;
    const given = take(value);
    const current = challenges.at(-1);
    if (given === null) {
      challenges.push({ scheme: name, parameters: new Map() });
      take(token68);
    } else if (current !== undefined) {
      current.parameters.set(name, given[1]?.replaceAll(/\\(.)/g, '$1') ?? given[2]!);
    }
  }
}
