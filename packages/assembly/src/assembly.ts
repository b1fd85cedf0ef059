import type { Logger } from '@hayloft/engine';
import type { Catalogue } from './catalogue.ts';
import type { Configuration } from './configuration.ts';
import type { Environment, Places } from './places.ts';

/** What an app puts together once, and every `open…` takes. */
export interface Assembly {
  readonly configuration: Configuration;
  readonly catalogue: Catalogue;
  readonly environment: Environment;
  readonly places: Places;
  readonly logger: Logger;
  /** Tells the user one line that is no result; apps print it on stderr. */
  readonly say: (line: string) => void;
}
