import type { S3Options } from './options.ts';

/** What a server promises beyond the S3 that all speak. */
export interface ServerTraits {
  /** `If-None-Match: *` is honoured, and atomically. */
  readonly conditionalPut: boolean;
  /** A listing shows every put and delete that was answered before it began. */
  readonly consistentListing: boolean;
}

/**
 * Whether a server honours `If-None-Match` shows only by writing: one that does not know the header stores the object and
 * says 200. Opening must not write, so it is not tried but known, of servers that can be recognised and whose makers
 * promise it, or told by an option of the target. For all others the careful answer holds: the engine then waits before
 * it trusts a listing, and publishes a config without the condition, protected by its lock as Longhorn is.
 */
const traitsOfServers = {
  /** Listings since December 2020, conditions since August 2024 (AWS's user guide: "data consistency model", "conditional writes"). */
  aws: { conditionalPut: true, consistentListing: true },
  /** One zone's bucket index is written before a put is answered; a condition is an exclusive create of the head object. */
  ceph: { conditionalPut: true, consistentListing: true },
  /** Lists consistently; its XML interface has conditions of its own and ignores `If-None-Match` on puts. */
  google: { conditionalPut: false, consistentListing: true },
  /** A folder of one file system: what was answered is there. Conditions are looked at before the write, not with it. */
  versity: { conditionalPut: false, consistentListing: true },
  /** "Strict read-after-write and list-after-write consistency" (MinIO's documentation). */
  minio: { conditionalPut: false, consistentListing: true },
  unknown: { conditionalPut: false, consistentListing: false },
} as const satisfies Record<string, ServerTraits>;

type KnownServer = keyof typeof traitsOfServers;

/** What an answer tells about the server that gave it. */
export interface ServerMarks {
  readonly requestId: string | undefined;
  /** The header `Server`. */
  readonly serverName: string | undefined;
}

/** The traits of the server, as far as the options do not say otherwise. */
export function traitsOf(
  endpoint: URL | undefined,
  marks: ServerMarks,
  options: Pick<S3Options, 'conditionalPut' | 'consistentListing'>,
): ServerTraits {
  const known = traitsOfServers[recognise(endpoint, marks)];
  return {
    conditionalPut: options.conditionalPut ?? known.conditionalPut,
    consistentListing: options.consistentListing ?? known.consistentListing,
  };
}

function recognise(endpoint: URL | undefined, { requestId, serverName }: ServerMarks): KnownServer {
  if (endpoint === undefined || /(?:^|\.)amazonaws\.com(?:\.cn)?$/.test(endpoint.hostname)) return 'aws';
  if (/(?:^|\.)storage\.googleapis\.com$/.test(endpoint.hostname)) return 'google';
  // radosgw's own form: tx, a counter, the time, the instance and the zone.
  if (/^tx[0-9a-f]{21,}-[0-9a-f]{10}-[0-9a-f]+-\S+$/.test(requestId ?? '')) return 'ceph';
  if (serverName === 'VERSITYGW') return 'versity';
  if (serverName === 'MinIO') return 'minio';
  return 'unknown';
}
