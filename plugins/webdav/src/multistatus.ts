import { parseXML, type WebDAVParsingContext } from 'webdav';

/** What a server says of one file or collection. */
export interface DavEntry {
  /** As written: percent-encoded, a path or a whole URL. */
  readonly href: string;
  /** 200, or why the server says nothing of it; 0 for a status that cannot be read. */
  readonly status: number;
  /** False when the first thing the server says is which properties it does not have; the parser keeps the first only. */
  readonly described: boolean;
  readonly isCollection: boolean;
  /** Undefined where the server does not say it, or not in a way that can be read. */
  readonly sizeBytes: number | undefined;
  readonly modifiedAt: Date | undefined;
}

/** Everything stays the text that it is: `2024.10` is no number and `007` no 7. */
const asText: WebDAVParsingContext = {
  attributeNamePrefix: '@',
  attributeParsers: [],
  tagParsers: [() => undefined],
};

/**
 * Reads the body of a 207. Rejects with an error whose message says what is wrong: no multistatus (a page), or only the
 * beginning of one, which the parser would take for a shorter list.
 */
export async function parseMultistatus(xml: string): Promise<readonly DavEntry[]> {
  if (!/<\/(?:[\w.-]+:)?multistatus\s*>\s*$/.test(xml)) {
    throw new Error(/<html[\s>]/i.test(xml) ? 'it is an HTML page' : 'it does not end as an answer of WebDAV does');
  }
  const { multistatus } = await parseXML(xml, asText);
  return multistatus.response.map(entryOf);
}

function entryOf(response: { href?: unknown; status?: unknown; propstat?: unknown }): DavEntry {
  const propstat = (response.propstat ?? {}) as { status?: unknown; prop?: unknown };
  const properties = (typeof propstat.prop === 'object' ? propstat.prop : {}) as Readonly<Record<string, unknown>>;
  const type = properties['resourcetype'];
  return {
    href: String(textOf(response.href) ?? ''),
    status: response.status === undefined ? 200 : parseStatus(textOf(response.status)),
    described: parseStatus(textOf(propstat.status)) === 200,
    isCollection: typeof type === 'object' && type !== null && 'collection' in type,
    sizeBytes: parseSize(textOf(properties['getcontentlength'])),
    modifiedAt: parseDate(textOf(properties['getlastmodified'])),
  };
}

/** An element that has attributes is an object with its text in it. */
function textOf(element: unknown): string | undefined {
  const text = typeof element === 'object' && element !== null ? (element as { text?: unknown }).text : element;
  return typeof text === 'string' ? text : undefined;
}

/** `HTTP/1.1 200 OK`; 0 for anything else. */
const parseStatus = (line: string | undefined): number => Number(/^HTTP\/[\d.]+ (\d{3})\b/.exec(line ?? '')?.[1] ?? 0);

const parseSize = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;

function parseDate(text: string | undefined): Date | undefined {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? undefined : new Date(ms);
}
