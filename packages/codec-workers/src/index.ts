export { createCodecWorkers, type CodecWorkersOptions } from './create-codec-workers.ts';
export { dataExtents, dataWindows, type DataExtent } from './sparse.ts';
