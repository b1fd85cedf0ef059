export { clonePlugin, type CloneOptions } from './clone-plugin.ts';
