import type { Area, Purpose } from '../fault.ts';
import type { WholeRequest } from './message.ts';

/** How one protocol over HTTP says what Hayloft wants, as far as a proxy must know to misunderstand it on purpose. */
export interface Dialect {
  purposeOf(request: WholeRequest): Omit<Purpose, 'sizeBytes'>;
  /** The entries of a listing, each from its first to its last byte, in an answer's body. */
  readonly listingEntry: RegExp;
  /** How many of the first entries are no members but the folder itself. */
  readonly selfEntries: number;
  /** An error, as the protocol writes one. */
  readonly errorBody: string;
}

/** The part of the store that a path, or the prefix of a listing, is about. */
export function areaOf(path: string): Area {
  if (path.includes('backing-images/blocks')) return 'blocks';
  if (path.includes('backing-images/backing-images')) return 'configs';
  return path.includes('/locks') ? 'locks' : 'other';
}

/** Path and query of a request, decoded. */
export function partsOf({ target }: WholeRequest): { readonly path: string; readonly query: URLSearchParams } {
  const url = new URL(target, 'http://localhost');
  return { path: decodeURIComponent(url.pathname), query: url.searchParams };
}
