export { serveShare } from './serve-share.ts';
export {
  refusal,
  type ConnectShare,
  type ReadOptions,
  type ShareDriver,
  type ShareEntry,
  type ShareKind,
  type SharePart,
  type ShareStat,
} from './share-driver.ts';
