import { serveShare } from '@hayloft/share-store/process';
import { connectNfsShare } from './connect-nfs-share.ts';

serveShare(connectNfsShare);
