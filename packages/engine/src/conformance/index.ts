export { checkStore } from './check-store.ts';
export type { CheckStoreOptions, StoreCheck } from './check-store.ts';
export { pipelineCases } from './pipeline-cases.ts';
export type { PipelineCase, PipelineCaseOptions, PipelineUnderTest } from './pipeline-case.ts';
export { sourceCases } from './source-cases.ts';
export type { SourceCase, SourceCaseOptions } from './source-cases.ts';
export { storeCases } from './store-cases.ts';
export type { OpenStore, StoreCase, StoreCaseOptions, StoreCaseOutcome, StoreNeed, StoreOutage } from './store-case.ts';
