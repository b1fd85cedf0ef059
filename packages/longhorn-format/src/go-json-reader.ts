type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

/** Longhorn's files nest four deep; more is not from Longhorn, and the reader calls itself. */
const depthMax = 64;

/**
 * Reads one JSON value from bytes, as tolerant as Go's decoder and as strict about syntax: what follows the value is
 * ignored, a lone surrogate becomes U+FFFD, and each key of an object is reported as it comes, so that the caller decides
 * what a repeated one means. A config may list half a million blocks: nothing is built that the caller does not ask for.
 *
 * `fail` gets what is wrong, as the end of a sentence, and throws.
 */
export class GoJsonReader {
  readonly #bytes: Buffer;
  readonly #fail: (what: string) => never;
  #at: number;
  #depth = 0;

  constructor(bytes: Uint8Array, fail: (what: string) => never, start = 0) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#fail = fail;
    this.#at = start;
  }

  /** The kind of the value that comes next; it is not consumed. */
  kind(): JsonKind {
    const byte = this.#peek();
    if (byte === 0x7b) return 'object';
    if (byte === 0x5b) return 'array';
    if (byte === 0x22) return 'string';
    if (byte === 0x2d || isDigit(byte)) return 'number';
    if (byte === 0x74 || byte === 0x66) return 'boolean';
    if (byte === 0x6e) return 'null';
    return this.#syntax();
  }

  /** Where the value that comes next begins; another reader may start there. */
  position(): number {
    this.#peek();
    return this.#at;
  }

  /** Consumes `null` and says true, or leaves another value alone and says false. */
  null(): boolean {
    if (this.kind() !== 'null') return false;
    this.#word('null');
    return true;
  }

  boolean(what: string): boolean {
    this.#expect('boolean', what);
    const value = this.#peek() === 0x74;
    this.#word(value ? 'true' : 'false');
    return value;
  }

  /** The digits as written. */
  number(what: string): string {
    this.#expect('number', what);
    const pattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
    let end = this.#at;
    while (isNumberByte(this.#bytes[end])) end++;
    const text = this.#bytes.toString('latin1', this.#at, end);
    pattern.lastIndex = 0;
    if (pattern.exec(text)?.[0] !== text) return this.#syntax();
    this.#at = end;
    return text;
  }

  string(what: string): string {
    this.#expect('string', what);
    let start = ++this.#at;
    let text = '';
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) return this.#end();
      if (byte < 0x20) return this.#syntax();
      if (byte === 0x22) {
        const rest = this.#bytes.toString('utf8', start, this.#at++);
        return text === '' ? rest : (text + rest).toWellFormed();
      }
      if (byte !== 0x5c) {
        this.#at++;
        continue;
      }
      text += this.#bytes.toString('utf8', start, this.#at) + this.#escape();
      start = this.#at;
    }
  }

  /** Calls `member` for each key; it must consume the value. */
  object(what: string, member: (key: string) => void): void {
    this.#expect('object', what);
    this.#list(0x7d, () => {
      if (this.kind() !== 'string') this.#syntax();
      const key = this.string(what);
      if (this.#peek() !== 0x3a) this.#syntax();
      this.#at++;
      member(key);
    });
  }

  /** Calls `element` for each; it must consume it. */
  array(what: string, element: () => void): void {
    this.#expect('array', what);
    this.#list(0x5d, element);
  }

  /** Consumes any value. */
  skip(): void {
    const kind = this.kind();
    if (kind === 'object') this.object('a value', () => this.skip());
    else if (kind === 'array') this.array('a value', () => this.skip());
    else if (kind === 'null') this.#word('null');
    else this[kind]('a value');
  }

  #list(close: number, item: () => void): void {
    if (++this.#depth > depthMax) this.#fail(`is nested more than ${depthMax} deep`);
    this.#at++;
    if (this.#peek() === close) this.#at++;
    else {
      for (;;) {
        item();
        const byte = this.#peek();
        if (byte !== close && byte !== 0x2c) this.#syntax();
        this.#at++;
        if (byte === close) break;
      }
    }
    this.#depth--;
  }

  #escape(): string {
    const letter = this.#bytes[this.#at + 1];
    if (letter === undefined) return this.#end();
    if (letter !== 0x75) {
      const plain = escapes.get(letter);
      if (plain === undefined) return this.#syntax();
      this.#at += 2;
      return plain;
    }
    const digits = this.#bytes.toString('latin1', this.#at + 2, this.#at + 6);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) return this.#syntax();
    this.#at += 6;
    return String.fromCharCode(parseInt(digits, 16));
  }

  #word(word: string): void {
    if (this.#bytes.toString('latin1', this.#at, this.#at + word.length) !== word) this.#syntax();
    this.#at += word.length;
  }

  #expect(kind: JsonKind, what: string): void {
    const found = this.kind();
    if (found !== kind) this.#fail(`has ${article(found)} where ${what} should be ${article(kind)}`);
  }

  /** The next byte that is not white space. */
  #peek(): number {
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) return this.#end();
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
      this.#at++;
    }
  }

  #end(): never {
    return this.#fail(this.#bytes.length === 0 ? 'is empty' : `is cut short after ${this.#bytes.length} bytes`);
  }

  #syntax(): never {
    return this.#fail(`is not JSON at byte ${this.#at}`);
  }
}

const escapes: ReadonlyMap<number, string> = new Map(
  [...'"\\/bfnrt'].map((letter, index) => [letter.charCodeAt(0), '"\\/\b\f\n\r\t'.charAt(index)]),
);

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

const isNumberByte = (byte: number | undefined): boolean =>
  byte !== undefined && (isDigit(byte) || '+-.eE'.includes(String.fromCharCode(byte)));

const article = (kind: JsonKind): string =>
  kind === 'null' ? 'null' : `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;
