/** What the process that speaks SMB is told to connect to. Plain data: it crosses from one process to the other. */
export interface SmbSettings {
  readonly host: string;
  readonly port: number;
  readonly share: string;
  /** The store's folder within the share, parts separated by `/`; '' for its root. */
  readonly folder: string;
  /** Of the SMB versions that may be spoken, by their number on the wire. */
  readonly dialects: readonly number[];
  /** Encrypt, whether the server asks for it or not. */
  readonly sealed: boolean;
  readonly domain: string;
  readonly username: string;
  readonly password: string;
}
