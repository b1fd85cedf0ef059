import type { Verb } from '../fault.ts';
import { areaOf, partsOf, type Dialect } from './dialect.ts';
import type { WholeRequest } from './message.ts';

/** WebDAV: a file is put aside and moved to its name; a listing asks folder by folder. */
export const webdavDialect: Dialect = {
  purposeOf(request) {
    const { path } = partsOf(request);
    const area = areaOf(path);
    switch (request.method) {
      case 'PUT':
        return { verbs: area === 'other' ? ['upload'] : ['put', 'upload'], area };
      case 'MOVE':
        return { verbs: ['put'], area: areaOf(destinationOf(request)) };
      case 'PROPFIND':
        return { verbs: [request.headers['depth'] === '0' ? 'stat' : 'list'], area };
      default:
        return { verbs: verbs[request.method] ?? ['other'], area };
    }
  },
  listingEntry: /<(\w+:)?response\b.*?<\/\1response>/gs,
  selfEntries: 1,
  errorBody:
    '<?xml version="1.0" encoding="utf-8"?>\n<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><s:message>internal error</s:message></d:error>',
};

const destinationOf = ({ headers }: WholeRequest): string => decodeURIComponent(String(headers['destination'] ?? ''));

const verbs: Readonly<Record<string, readonly Verb[]>> = { GET: ['get'], HEAD: ['stat'], DELETE: ['delete'] };
