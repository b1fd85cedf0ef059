export { packEngine } from './pack-engine.ts';
