/** What the process that speaks NFS is told. */
export interface NfsSettings {
  /** A name or an address, an IPv6 address without brackets. */
  readonly host: string;
  /** The export, or a folder of it. */
  readonly path: string;
  /** Absolute path of libnfs; undefined to take the system's. */
  readonly library: string | undefined;
  /** The protocol's version; undefined for the newest that libnfs can write with. */
  readonly version: 3 | 4 | undefined;
  /** Undefined to ask the server's portmapper, and 2049 for v4. */
  readonly port: number | undefined;
  /** Of v3's mount protocol. Undefined to ask the server's portmapper. */
  readonly mountPort: number | undefined;
  /** How long one request may wait for its answer. */
  readonly timeoutMs: number;
}
