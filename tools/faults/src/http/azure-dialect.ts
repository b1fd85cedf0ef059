import type { Verb } from '../fault.ts';
import { areaOf, partsOf, type Dialect } from './dialect.ts';

/** Azure Blob Storage: a blob is a block blob, put at once; a listing is a query of the container. */
export const azureDialect: Dialect = {
  purposeOf(request) {
    const { path, query } = partsOf(request);
    if (query.get('comp') === 'list') return { verbs: ['list'], area: areaOf(query.get('prefix') ?? '') };
    return { verbs: verbs[request.method] ?? ['other'], area: areaOf(path) };
  },
  listingEntry: /<Blob>.*?<\/Blob>/gs,
  selfEntries: 0,
  errorBody:
    '<?xml version="1.0" encoding="utf-8"?>\n<Error><Code>InternalError</Code><Message>The server encountered an internal error.</Message></Error>',
};

const verbs: Readonly<Record<string, readonly Verb[]>> = {
  GET: ['get'],
  HEAD: ['stat'],
  PUT: ['put', 'upload'],
  DELETE: ['delete'],
};
