import { cutCases } from './cut-cases.ts';
import { cutStoreCases } from './cut-store-cases.ts';
import { joinCases } from './join-cases.ts';
import type { PipelineCase } from './pipeline-case.ts';

/**
 * Every promise of `BlockPipeline`. The plain pipeline passes them, and so must each faster one: with its own format,
 * with stores in memory and with stores that are directories.
 */
export const pipelineCases: readonly PipelineCase[] = [...cutCases, ...cutStoreCases, ...joinCases];
