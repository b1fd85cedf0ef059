import type { Verb } from '../fault.ts';
import { areaOf, partsOf, type Dialect } from './dialect.ts';

/** S3: a blob is an object, a listing a query of the bucket. */
export const s3Dialect: Dialect = {
  purposeOf(request) {
    const { path, query } = partsOf(request);
    if (query.get('list-type') === '2') return { verbs: ['list'], area: areaOf(query.get('prefix') ?? '') };
    return { verbs: verbs[request.method] ?? ['other'], area: areaOf(path) };
  },
  listingEntry: /<Contents>.*?<\/Contents>/gs,
  selfEntries: 0,
  errorBody:
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>InternalError</Code><Message>We encountered an internal error. Please try again.</Message></Error>',
};

const verbs: Readonly<Record<string, readonly Verb[]>> = {
  GET: ['get'],
  HEAD: ['stat'],
  PUT: ['put', 'upload'],
  DELETE: ['delete'],
};
