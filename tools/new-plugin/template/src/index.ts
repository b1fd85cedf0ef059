export { acmePlugin } from './acme-plugin.ts';
