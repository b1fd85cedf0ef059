export { storeCases } from './store-cases.ts';
export type { OpenStore, StoreCase, StoreCaseOptions } from './store-case.ts';
