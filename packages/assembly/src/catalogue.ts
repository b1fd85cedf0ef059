/**
 * The plugins that an app ships with: a literal that Nx, TypeScript and grep can see, loaded only when one is used.
 * What is *available* stands here, what is *used* stands in the configuration.
 */
export interface Catalogue {
  /** By `store:TYPE` or `source:TYPE`; each gives the plugin's one constant. */
  readonly plugins: Readonly<Record<string, () => Promise<unknown>>>;
  /** Which type of store opens a target URL of that scheme. */
  readonly schemes: Readonly<Record<string, string>>;
}
